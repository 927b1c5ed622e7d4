//! Keeps visitors out of a store, and lets them in again. Nothing but the way in is touched.
//!
//! A way in that an earlier runner asked for, and that comes only after all is over, can be left behind: no condition can
//! be sent with a create. The API server gives up on a request within a minute; `runner diff` shows what is there then.

use domain::operation::OperationResult;

use crate::{
    cluster::{Cluster, ClusterError},
    reconcile::provision::open_way_in,
    resources::Blueprint,
};

/// Keeps visitors out.
///
/// # Errors
/// [`ClusterError`] where the way in does not go.
pub(super) async fn suspend(
    cluster: &Cluster,
    blueprint: &Blueprint,
) -> Result<OperationResult, ClusterError> {
    cluster.delete_ways_in(&blueprint.id().namespace()).await?;
    Ok(OperationResult::SuspensionChanged { suspended: true })
}

/// Lets visitors in, where nothing else keeps them out.
///
/// # Errors
/// [`ClusterError`] where the way in can't be made.
pub(super) async fn unsuspend(
    cluster: &Cluster,
    blueprint: &Blueprint,
) -> Result<OperationResult, ClusterError> {
    if blueprint.wants_way_in_unless_suspended() {
        open(cluster, blueprint).await?;
    }
    Ok(OperationResult::SuspensionChanged { suspended: false })
}

/// Makes the way in.
///
/// # Errors
/// [`ClusterError`] where it can't be made.
pub(super) async fn open(cluster: &Cluster, blueprint: &Blueprint) -> Result<(), ClusterError> {
    let (namespace, way_in) = (blueprint.id().namespace(), blueprint.way_in());
    // Visitors may come another way than when the store was made.
    Box::pin(cluster.let_in_only(&blueprint.entry())).await?;
    let opened = open_way_in(cluster, &namespace, &way_in, blueprint.certificate());
    if let Some(problem) = Box::pin(opened).await? {
        tracing::warn!(problem, "the store is open without a certificate");
    }
    Ok(())
}
