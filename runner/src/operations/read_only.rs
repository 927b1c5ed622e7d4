//! Claims a read-only operation, carries it out within its deadline, and writes what came of it.
//!
//! It has a lease of its own, whatever else the store does. It takes less long than its lease lasts, so there is no
//! heartbeat.

use std::{sync::Arc, time::Duration};

use domain::{
    operation::{Answer, OperationConflict, OperationFailure, OperationKey, OperationKind},
    queue::Delivery,
    table::{ClaimedOperation, CommitError, LeaseError},
    values::timestamp::Timestamp,
};
use tokio::time::Instant;

use super::{ReadOnlyError, failure, run_read_only};
use crate::{
    cluster::Cluster,
    lease::LeaseGuard,
    reconcile::failure::StepError,
    reconcile::{JobOutcome, ReconcileError},
    runner::Runner,
    worker::shutdown::Shutdown,
};

/// Carries out the operation `key`, if that is still to be done.
///
/// # Errors
/// [`ReconcileError`]; the operation was released, as far as that was possible.
pub async fn run_read_only_operation(
    runner: &Runner,
    key: &OperationKey,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<JobOutcome, ReconcileError> {
    let Runner { table, holder, limits, .. } = runner;
    let (asked, now) = (Instant::now(), Timestamp::now());
    let claimed = match table.claim_operation(key, holder, now, limits.read_only_lease()).await {
        Ok(claimed) => claimed,
        Err(LeaseError::Held { holder, until }) => {
            tracing::info!(%holder, %until, "another runner is at it");
            return Ok(JobOutcome::Later(until.since(now)));
        }
        Err(LeaseError::Changed) => {
            tracing::info!("dropped: the operation has ended, or another runner took it up");
            return Ok(JobOutcome::Done);
        }
        Err(LeaseError::Table(error)) => return Err(error.into()),
    };
    tracing::Span::current().record("attempt", claimed.attempts);
    // Its message comes back when this fails, and its receiver finds it held.
    if let Err(error) = delivery.extend(limits.read_only_lease()).await {
        tracing::warn!(%error, "the message's visibility could not be extended");
    }
    let lease = Arc::new(LeaseGuard::new(asked, limits.read_only_lease()));
    let answer = tokio::select! {
        answer = Box::pin(read(runner, key, &claimed, lease)) => answer,
        () = shutdown.stop.cancelled() => {
            release(runner, &claimed).await;
            return Ok(JobOutcome::Later(Duration::ZERO));
        }
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            release(runner, &claimed).await;
            return Err(error);
        }
    };
    end(runner, claimed, answer).await
}

/// What it has read, or why it failed.
async fn read(
    runner: &Runner,
    key: &OperationKey,
    claimed: &ClaimedOperation,
    lease: Arc<LeaseGuard>,
) -> Result<Result<Answer, OperationFailure>, ReconcileError> {
    let Runner { table, limits, .. } = runner;
    if claimed.attempts > limits.max_attempts {
        return Ok(Err(failure(&StepError::Exhausted { attempts: limits.max_attempts })));
    }
    let request = &claimed.operation.request;
    let kind = OperationKind::from(request.kind());
    let store = table.store(&key.store).await?.filter(|store| store.uid == key.uid);
    let Some(store) = store else { return Ok(Err(OperationFailure::cut_off())) };
    match kind.conflict(&store) {
        // Since it was asked for, the store can have come to that only by its deletion; and what has begun
        // to change since then is read as it is.
        Some(OperationConflict::Gone | OperationConflict::Status(_)) => {
            return Ok(Err(OperationFailure::cut_off()));
        }
        Some(
            OperationConflict::Power(_)
            | OperationConflict::Pending(_)
            | OperationConflict::Suspended
            | OperationConflict::NotSuspended
            | OperationConflict::UpToDate
            | OperationConflict::CleaningUp,
        )
        | None => {}
    }
    let cluster = Cluster::new(
        runner.client.clone(),
        key.uid,
        lease,
        limits.pod_check_interval(),
        runner.metrics.clone(),
    );
    let limit = limits.read_only_deadline();
    let error = match tokio::time::timeout(limit, Box::pin(run_read_only(&cluster, key, request))).await {
        Ok(Ok(answer)) => return Ok(Ok(answer)),
        Ok(Err(ReadOnlyError::Cluster(error))) => error.into(),
        Ok(Err(ReadOnlyError::Seal(error))) => return Err(error.into()),
        Err(_) => StepError::Deadline { limit, trouble: cluster.trouble() },
    };
    Ok(Err(failure(&error)))
}

/// Writes what came of it.
async fn end(
    runner: &Runner,
    claimed: ClaimedOperation,
    answer: Result<Answer, OperationFailure>,
) -> Result<JobOutcome, ReconcileError> {
    match &answer {
        Ok(_) => tracing::info!(operation = %claimed.operation.id, "a read-only operation is done"),
        Err(failure) => {
            tracing::warn!(operation = %claimed.operation.id, code = %failure.code, message = failure.message, "a read-only operation failed");
        }
    }
    match runner.table.end_operation(&claimed.claim, claimed.operation, answer, Timestamp::now()).await {
        Ok(_) => Ok(JobOutcome::Done),
        Err(CommitError::Fenced(fenced)) => {
            // Whoever gets the message looks.
            tracing::warn!(%fenced, "stopped: the operation is in other hands");
            runner.metrics.stopped(&fenced);
            Ok(JobOutcome::Later(Duration::ZERO))
        }
        Err(CommitError::Table(error)) => Err(error.into()),
    }
}

/// Releases it, so that whoever is next need not wait.
async fn release(runner: &Runner, claimed: &ClaimedOperation) {
    if let Err(error) = runner.table.release_operation(&claimed.claim, Timestamp::now()).await {
        tracing::info!(%error, "the operation was not released: it comes back by itself");
    }
}
