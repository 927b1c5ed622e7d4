//! What is done to stores, or read of them, because somebody asked: one file a kind of operation.
//!
//! `exclusive` and `read_only` are the two ways in which an operation runs: under its store's lease, or under one of
//! its own. What a kind does is in the file of its name, and is found from the two functions here. Each kind can be
//! repeated from the top: a mark with the operation's id says what was done already.

pub(crate) mod exclusive;
mod logs;
mod power;
pub mod read_only;
mod reset_password;
mod restart;
mod reveal_credentials;
mod suspension;

use domain::operation::{
    Answer, ExclusiveRequest, OperationFailure, OperationKey, OperationResult, PendingOperation,
    ReadOnlyRequest, credentials::SealError,
};

use crate::{
    cluster::{Cluster, ClusterError},
    reconcile::failure::{StepError, with_advice},
    resources::{Blueprint, RandomnessError},
};

/// Why an exclusive operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ExclusiveError {
    /// Something stands in the way in the cluster: it failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// No new secret could be made: it is for later.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Why a read-only operation has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadOnlyError {
    /// Something stands in the way in the cluster: it failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The answer could not be sealed: it is for later.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Carries `operation` out on the store of `blueprint`. Each kind can be repeated, so the whole can be run again from
/// the top wherever it was left.
///
/// # Errors
/// [`ExclusiveError`].
pub async fn run_exclusive(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: &PendingOperation,
) -> Result<OperationResult, ExclusiveError> {
    let id = blueprint.id();
    match &operation.request {
        ExclusiveRequest::Restart { target } => {
            Ok(restart::restart(cluster, blueprint, operation, *target).await?)
        }
        ExclusiveRequest::ResetPassword => {
            reset_password::reset_password(cluster, id, blueprint.url(), operation).await
        }
        ExclusiveRequest::Hibernate => Ok(power::hibernate(cluster, blueprint).await?),
        ExclusiveRequest::Resume => Ok(power::resume(cluster, blueprint).await?),
        ExclusiveRequest::Suspend { .. } => Ok(suspension::suspend(cluster, blueprint).await?),
        ExclusiveRequest::Unsuspend => Ok(suspension::unsuspend(cluster, blueprint).await?),
    }
}

/// Takes back what was done of an `operation` that failed and must not be left half done. This too can be repeated.
async fn undo_exclusive(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: &PendingOperation,
) -> Result<(), ClusterError> {
    match &operation.request {
        ExclusiveRequest::Restart { .. } | ExclusiveRequest::ResetPassword => Ok(()),
        ExclusiveRequest::Hibernate => power::resume(cluster, blueprint).await.map(drop),
        ExclusiveRequest::Resume => power::hibernate(cluster, blueprint).await.map(drop),
        ExclusiveRequest::Suspend { .. } => suspension::unsuspend(cluster, blueprint).await.map(drop),
        ExclusiveRequest::Unsuspend => suspension::suspend(cluster, blueprint).await.map(drop),
    }
}

/// Reads what `request` asks for; it is the one that `key` names.
async fn run_read_only(
    cluster: &Cluster,
    key: &OperationKey,
    request: &ReadOnlyRequest,
) -> Result<Answer, ReadOnlyError> {
    match request {
        ReadOnlyRequest::RevealCredentials { public_key } => {
            reveal_credentials::reveal_credentials(cluster, key, *public_key).await
        }
        ReadOnlyRequest::Logs(query) => Ok(logs::logs(cluster, &key.store, query).await?),
    }
}

/// What a person gets to read of an operation that failed.
pub(crate) fn failure(error: &StepError) -> OperationFailure {
    OperationFailure { code: error.code(), message: with_advice(error, "Mend that, and ask for it again.") }
}

/// The same of one that could not be taken back either, because of `trouble`.
fn half_done(error: &StepError, trouble: &ClusterError) -> OperationFailure {
    let message =
        format!("{} What was done of it could not be taken back: {trouble}.", failure(error).message);
    OperationFailure { code: error.code(), message }
}
