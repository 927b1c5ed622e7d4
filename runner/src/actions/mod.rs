//! What is done to stores that are up because somebody asked for it, one file a kind of work.

mod restart;

use domain::{
    operation::{OperationResult, UnderWay, Work},
    slug::Slug,
};

use crate::cluster::{Cluster, ClusterError};

/// Carries out `order` on the store `id`. Each kind of work can be repeated, so the whole can be run
/// again from the top wherever it was left.
///
/// # Errors
/// [`ClusterError`] when it can't be done.
pub async fn carry_out(
    cluster: &Cluster,
    id: &Slug,
    order: &UnderWay,
) -> Result<OperationResult, ClusterError> {
    match order.work {
        Work::Restart { target } => restart::restart(cluster, id, order, target).await,
    }
}
