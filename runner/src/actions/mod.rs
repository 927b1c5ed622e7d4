//! What is done to stores that are up because somebody asked for it, one file a kind of work.

mod reset_password;
mod restart;

use domain::{
    operation::{OperationResult, PendingOperation, Work},
    store::slug::Slug,
};

use crate::{
    cluster::{Cluster, ClusterError},
    resources::RandomnessError,
};

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// Something stands in the way in the cluster: it failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// No new secret could be made: it is for later.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Carries out `order` on the store `id`, which answers at `url`. Each kind of work can be repeated, so
/// the whole can be run again from the top wherever it was left.
///
/// # Errors
/// [`ActionError`].
pub async fn carry_out(
    cluster: &Cluster,
    id: &Slug,
    url: &str,
    order: &PendingOperation,
) -> Result<OperationResult, ActionError> {
    match order.work {
        Work::Restart { target } => Ok(restart::restart(cluster, id, order, target).await?),
        Work::ResetPassword => reset_password::reset_password(cluster, id, url, order).await,
    }
}
