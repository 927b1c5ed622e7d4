//! What is done to stores, or read of them, because somebody asked: one file a kind of operation.
//!
//! `exclusive` and `read_only` are the two ways in which an operation runs: under its store's lease, or under one of
//! its own. What a kind does is in the file of its name, and is found from the two functions here. Each kind can be
//! repeated from the top: a mark with the operation's id says what was done already.

pub(crate) mod exclusive;
mod guard;
mod logs;
mod power;
pub mod read_only;
mod reset_password;
mod restart;
mod reveal_credentials;
mod suspension;
mod upgrade;

use domain::{
    operation::{
        Answer, ExclusiveRequest, OperationFailure, OperationKey, OperationResult, PendingOperation,
        ReadOnlyRequest, credentials::SealError,
    },
    provisioning::failure::FailureCode,
};

use crate::{
    cluster::{Cluster, ClusterError},
    reconcile::failure::{StepError, advice, with_advice},
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
        ExclusiveRequest::Restart { target, .. } => {
            Ok(restart::restart(cluster, blueprint, operation, *target).await?)
        }
        ExclusiveRequest::ResetPassword => {
            reset_password::reset_password(cluster, id, blueprint.url(), operation).await
        }
        ExclusiveRequest::Hibernate { .. } => Ok(power::hibernate(cluster, blueprint).await?),
        ExclusiveRequest::Resume => Ok(power::resume(cluster, blueprint).await?),
        ExclusiveRequest::Suspend { .. } => Ok(suspension::suspend(cluster, blueprint).await?),
        ExclusiveRequest::Unsuspend => Ok(suspension::unsuspend(cluster, blueprint).await?),
        ExclusiveRequest::Upgrade { image, .. } => {
            Ok(Box::pin(upgrade::upgrade(cluster, blueprint, operation.id, image)).await?)
        }
    }
}

/// What became of an operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undone {
    /// The store is as it was before.
    TakenBack,
    /// It can't be: the store is closed.
    LeftHalfDone,
}

/// Takes back what was done of an `operation` that failed and must not be left half done. This too can be repeated.
async fn undo_exclusive(
    cluster: &Cluster,
    blueprint: &Blueprint,
    operation: &PendingOperation,
) -> Result<Undone, ClusterError> {
    match &operation.request {
        ExclusiveRequest::Restart { .. } | ExclusiveRequest::ResetPassword => {}
        ExclusiveRequest::Hibernate { .. } => drop(power::resume(cluster, blueprint).await?),
        ExclusiveRequest::Resume => drop(power::hibernate(cluster, blueprint).await?),
        ExclusiveRequest::Suspend { .. } => drop(suspension::unsuspend(cluster, blueprint).await?),
        ExclusiveRequest::Unsuspend => drop(suspension::suspend(cluster, blueprint).await?),
        ExclusiveRequest::Upgrade { .. } => {
            return upgrade::take_back(cluster, blueprint, operation.id).await;
        }
    }
    Ok(Undone::TakenBack)
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
    let mut code = error.code();
    if code == FailureCode::UpgradeFailed {
        // It has changed nothing, or else it were no failure of the operation alone.
        code = FailureCode::UpgradeRefused;
    }
    OperationFailure { code, message: with_advice(error, "Mend that, and ask for it again.") }
}

/// What a person gets to read of an operation that failed and leaves the store half done.
pub(crate) fn left_half_done(error: &StepError) -> OperationFailure {
    let code = FailureCode::UpgradeFailed;
    OperationFailure { code, message: with_advice(error, advice(code)) }
}

/// The same of one that could not be taken back either, because of `trouble`.
fn half_done(error: &StepError, trouble: &ClusterError) -> OperationFailure {
    let message =
        format!("{} What was done of it could not be taken back: {trouble}.", failure(error).message);
    OperationFailure { code: error.code(), message }
}
