//! Replaces a store's pods, as `kubectl rollout restart` does.

use domain::{
    operation::{OperationResult, PendingOperation, RestartTarget},
    store::slug::Slug,
};

use crate::cluster::{Cluster, ClusterError, available};

/// Restarts what `target` names in the store `id`, one workload after the other: the next one only
/// once the pods of the one before are ready.
///
/// # Errors
/// [`ClusterError`] at the first that does not get there.
pub(super) async fn restart(
    cluster: &Cluster,
    id: &Slug,
    operation: &PendingOperation,
    target: RestartTarget,
) -> Result<OperationResult, ClusterError> {
    let namespace = id.namespace();
    for workload in target.workloads() {
        cluster.restart(&namespace, *workload, operation, available).await?;
        tracing::info!(%workload, "the pods were replaced");
    }
    Ok(OperationResult::Restarted(target.workloads().to_vec()))
}
