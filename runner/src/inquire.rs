//! Takes an inquiry up, has it answered within its deadline, and writes what came of it.
//!
//! It is held on its own, beside whatever the store is busy with. It takes less long than it is held for, so
//! nothing needs to beat meanwhile.

use std::{sync::Arc, time::Duration};

use domain::{
    operation::{Answer, InquiryKey, Obstacle, OperationFailure},
    queue::Delivery,
    table::{CommitError, TakeError, TakenInquiry},
    values::timestamp::Timestamp,
};
use tokio::time::Instant;

use crate::{
    cluster::Cluster,
    inquiries::{InquiryError, answer},
    lease::LeaseGuard,
    operate::operation_failure,
    reconcile::failure::StepError,
    reconcile::{JobOutcome, ReconcileError},
    runner::Runner,
    worker::shutdown::Shutdown,
};

/// Answers the inquiry `key`, if that is still to be done.
///
/// # Errors
/// [`ReconcileError`]; the inquiry was given back, as far as that was possible.
pub async fn inquire(
    runner: &Runner,
    key: &InquiryKey,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<JobOutcome, ReconcileError> {
    let Runner { table, holder, limits, .. } = runner;
    let (asked, now) = (Instant::now(), Timestamp::now());
    let taken = match table.take_inquiry(key, holder, now, limits.inquiry_lease()).await {
        Ok(taken) => taken,
        Err(TakeError::Held { holder, until }) => {
            tracing::info!(%holder, %until, "another runner is at it");
            return Ok(JobOutcome::Later(until.since(now)));
        }
        Err(TakeError::Changed) => {
            tracing::info!("dropped: the inquiry has ended, or another runner took it up");
            return Ok(JobOutcome::Done);
        }
        Err(TakeError::Table(error)) => return Err(error.into()),
    };
    tracing::Span::current().record("attempt", taken.attempts);
    // Its message comes back when this fails, and its receiver finds it held.
    if let Err(error) = delivery.extend(limits.inquiry_lease()).await {
        tracing::warn!(%error, "the message's visibility could not be extended");
    }
    let hold = Arc::new(LeaseGuard::new(asked, limits.inquiry_lease()));
    let told = tokio::select! {
        told = Box::pin(told(runner, key, &taken, hold)) => told,
        () = shutdown.stop.cancelled() => {
            release(runner, &taken).await;
            return Ok(JobOutcome::Later(Duration::ZERO));
        }
    };
    let told = match told {
        Ok(told) => told,
        Err(error) => {
            release(runner, &taken).await;
            return Err(error);
        }
    };
    end(runner, taken, told).await
}

/// What is to be told, or why nothing is.
async fn told(
    runner: &Runner,
    key: &InquiryKey,
    taken: &TakenInquiry,
    hold: Arc<LeaseGuard>,
) -> Result<Result<Answer, OperationFailure>, ReconcileError> {
    let Runner { table, limits, .. } = runner;
    if taken.attempts > limits.max_attempts {
        return Ok(Err(operation_failure(&StepError::Exhausted { attempts: limits.max_attempts })));
    }
    let inquiry = &taken.order.work;
    let store = table.store(&key.store).await?.filter(|store| store.uid == key.uid);
    let obstacle = store.as_ref().map_or(Some(Obstacle::Gone), |store| inquiry.obstacle(&store.state));
    match obstacle {
        // Since it was asked for, the store can have come to that only by its deletion; and what has begun
        // to change since then is told as it is.
        Some(Obstacle::Gone | Obstacle::Takes(_)) => return Ok(Err(OperationFailure::cut_off())),
        Some(Obstacle::Busy(_)) | None => {}
    }
    let cluster = Cluster::new(
        runner.client.clone(),
        key.uid,
        hold,
        limits.pod_check_interval(),
        runner.metrics.clone(),
    );
    let limit = limits.inquiry_deadline();
    let error = match tokio::time::timeout(limit, Box::pin(answer(&cluster, key, inquiry))).await {
        Ok(Ok(answer)) => return Ok(Ok(answer)),
        Ok(Err(InquiryError::Cluster(error))) => error.into(),
        Ok(Err(InquiryError::Seal(error))) => return Err(error.into()),
        Err(_) => StepError::Deadline { limit, trouble: cluster.trouble() },
    };
    Ok(Err(operation_failure(&error)))
}

/// Writes what came of it.
async fn end(
    runner: &Runner,
    taken: TakenInquiry,
    told: Result<Answer, OperationFailure>,
) -> Result<JobOutcome, ReconcileError> {
    match &told {
        Ok(_) => tracing::info!(operation = %taken.order.id, "an inquiry is answered"),
        Err(failure) => {
            tracing::warn!(operation = %taken.order.id, code = %failure.code, message = failure.message, "an inquiry failed");
        }
    }
    match runner.table.end_inquiry(&taken.claim, taken.order, told, Timestamp::now()).await {
        Ok(_) => Ok(JobOutcome::Done),
        Err(CommitError::Fenced(fenced)) => {
            // Whoever gets the message looks.
            tracing::warn!(%fenced, "stopped: the inquiry is in other hands");
            runner.metrics.stopped(&fenced);
            Ok(JobOutcome::Later(Duration::ZERO))
        }
        Err(CommitError::Table(error)) => Err(error.into()),
    }
}

/// Gives it back, so that whoever is next need not wait.
async fn release(runner: &Runner, taken: &TakenInquiry) {
    if let Err(error) = runner.table.release_inquiry(&taken.claim, Timestamp::now()).await {
        tracing::info!(%error, "the inquiry was not given back: it comes back by itself");
    }
}
