//! Stops a store and starts it again. Volumes, Secrets, Services and policies stay.
//!
//! Visitors are kept out first and let in last, and the shop is never without its database: so the order of stopping is
//! that of starting turned round. A way in that a runner asked for, and that comes only after all is over, can be
//! left behind: no condition can be sent with a create. It leads nowhere, and is taken for the store's own when that
//! resumes.

use domain::{
    operation::{OperationResult, Workload},
    store::power::Power,
};

use crate::{
    cluster::{Cluster, ClusterError},
    operations::suspension::open,
    resources::Blueprint,
};

/// Stops the shop, and then its database.
///
/// # Errors
/// [`ClusterError`] at the first that does not stop.
pub(super) async fn hibernate(
    cluster: &Cluster,
    blueprint: &Blueprint,
) -> Result<OperationResult, ClusterError> {
    let namespace = blueprint.id().namespace();
    cluster.delete_ways_in(&namespace).await?;
    for workload in [Workload::Wordpress, Workload::Mysql] {
        cluster.stop(&namespace, workload).await?;
        tracing::info!(%workload, "the pods are gone");
    }
    Ok(OperationResult::PowerChanged { power: Power::Hibernated })
}

/// Starts the database, and then its shop, and lets visitors in, unless the store is suspended.
///
/// # Errors
/// [`ClusterError`] at the first that does not get there.
pub(super) async fn resume(
    cluster: &Cluster,
    blueprint: &Blueprint,
) -> Result<OperationResult, ClusterError> {
    let namespace = blueprint.id().namespace();
    for workload in [Workload::Mysql, Workload::Wordpress] {
        cluster.start(&namespace, workload).await?;
        tracing::info!(%workload, "the pods are ready");
    }
    let power = Power::Running;
    if blueprint.wants_way_in(power) {
        open(cluster, blueprint).await?;
    }
    Ok(OperationResult::PowerChanged { power })
}
