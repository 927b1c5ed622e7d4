//! Answers for one message: finds what its job is about, has that done, and acknowledges it or leaves it for later.

use std::{sync::Arc, time::Duration};

use domain::{
    queue::{Delivery, QueueError, job::Job},
    values::{timestamp::Timestamp, traceparent::Traceparent},
};
use tracing::{Instrument as _, field::Empty};

use super::{AFTER_ERROR, shutdown::Shutdown};
use crate::{
    observe::metrics::JobResult,
    operations::read_only::run_read_only_operation,
    reconcile::{JobOutcome, ReconcileError, reconcile},
    runner::Runner,
};

/// Works on one message and answers for it.
pub(super) async fn answer(runner: Arc<Runner>, delivery: Delivery, shutdown: Shutdown) {
    let _busy = runner.metrics.slot_taken();
    if let (1, Some(sent)) = (delivery.receives(), delivery.sent()) {
        runner.metrics.message_received(Timestamp::now().since(sent));
    }
    let job = match delivery.job() {
        Ok(job) => job,
        Err(error) => {
            // Released at once, it is soon received so often that SQS itself moves it to the
            // dead-letter queue, whole and exactly once, where somebody finds it.
            if delivery.receives() == 1 {
                runner.metrics.message_refused(&error);
                tracing::error!(%error, "a message is no job of this version: it goes to the dead-letter queue");
            }
            log_unanswered(delivery.nack(Duration::ZERO).await);
            return;
        }
    };
    let trace = delivery.traceparent().and_then(Traceparent::parse);
    let store = job.store();
    // Of the highest level, so that a line of any level has its span's fields however few are logged.
    let span = tracing::error_span!(
        "job",
        store = store.map(|(id, _)| id.as_str()),
        uid = store.map(|(_, uid)| uid.to_string()),
        task = %job.kind(),
        attempt = Empty,
        trace_id = trace.as_ref().map(Traceparent::trace_id),
    );
    async {
        // A drained worker may still have had a poll under way.
        let outcome = if shutdown.drain.is_cancelled() {
            Ok(JobOutcome::Later(Duration::ZERO))
        } else {
            run_job(&runner, &job, &delivery, &shutdown).await
        };
        runner.metrics.job_ended(
            job.kind(),
            match &outcome {
                Ok(JobOutcome::Done) => JobResult::Done,
                Ok(JobOutcome::Later(_)) => JobResult::Later,
                Err(_) => JobResult::Error,
            },
        );
        let answered = match outcome {
            Ok(JobOutcome::Done) => delivery.acknowledge().await,
            Ok(JobOutcome::Later(delay)) => delivery.nack(delay).await,
            Err(error) => {
                tracing::error!(%error, "the job is for later");
                // Longer each time, so that a part which is away for minutes does not use up the
                // receives after which a message is a dead letter.
                let delay = (AFTER_ERROR * delivery.receives()).min(runner.limits.lease());
                delivery.nack(delay).await
            }
        };
        log_unanswered(answered);
    }
    .instrument(span)
    .await;
}

/// Does what `job` is about.
///
/// # Errors
/// [`ReconcileError`]; what it took was released, as far as that was possible.
pub async fn run_job(
    runner: &Runner,
    job: &Job,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<JobOutcome, ReconcileError> {
    match job {
        Job::Store { store, uid, task: _ } => {
            Box::pin(reconcile(runner, store, *uid, delivery, shutdown)).await
        }
        Job::ReadOnly { operation, kind: _ } => {
            Box::pin(run_read_only_operation(runner, operation, delivery, shutdown)).await
        }
    }
}

fn log_unanswered(answered: Result<(), QueueError>) {
    if let Err(error) = answered {
        tracing::warn!(%error, "a message could not be answered for: it comes back");
    }
}
