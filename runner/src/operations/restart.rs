//! Replaces a store's pods, as `kubectl rollout restart` does, and makes a way in again that somebody has taken away: the
//! one thing that a merchant asks for whose store is down is to bring the visitors back.

use domain::{
    operation::{OperationResult, PendingOperation, RestartTarget},
    store::power::Power,
};

use crate::{
    cluster::{Cluster, ClusterError, available},
    operations::suspension::open,
    resources::Blueprint,
    settings::Routing,
};

/// Restarts what `target` names, one workload after the other: the next one only once the pods of the one before are
/// ready.
///
/// # Errors
/// [`ClusterError`] at the first that does not get there.
pub(super) async fn restart(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: &PendingOperation,
    target: RestartTarget,
) -> Result<OperationResult, ClusterError> {
    let namespace = blueprint.id().namespace();
    for workload in target.workloads() {
        cluster.restart(&namespace, *workload, operation, available).await?;
        tracing::info!(%workload, "the pods were replaced");
    }
    if blueprint.wants_way_in(Power::Running) && !is_open(cluster, &namespace).await? {
        open(cluster, blueprint).await?;
        tracing::info!("the way in was made again");
    }
    Ok(OperationResult::Restarted(target.workloads().to_vec()))
}

/// Whether something leads to the store, of either kind: who moves stores from one to the other is let do so.
async fn is_open(cluster: &Cluster, namespace: &str) -> Result<bool, ClusterError> {
    Ok(cluster.has_way_in(namespace, Routing::Ingress).await?
        || cluster.has_way_in(namespace, Routing::Gateway).await?)
}
