//! Takes jobs off the queue, as many at a time as it has slots, and answers for each.

pub mod shutdown;

use std::{sync::Arc, time::Duration};

use domain::{
    queue::{Delivery, QueueError, job::Job},
    values::{timestamp::Timestamp, traceparent::Traceparent},
};
use futures_util::FutureExt as _;
use tokio::task::{JoinError, JoinSet};
use tracing::{Instrument as _, field::Empty};

use self::shutdown::Shutdown;
use crate::{
    config::RELEASE_LIMIT,
    loops,
    observe::{metrics::JobResult, readiness::Peer},
    operations::read_only::run_read_only_operation,
    reconcile::{JobOutcome, ReconcileError, reconcile},
    runner::Runner,
};

/// How long one poll of the queue waits for a message, and so how long a shutdown may wait for it.
const POLL: Duration = Duration::from_secs(5);
/// How long to wait after a part did not answer.
const AFTER_ERROR: Duration = Duration::from_secs(3);

/// Works until `shutdown`, then releases what it can't end in time.
pub async fn run(runner: Arc<Runner>, shutdown: Shutdown) {
    runner.metrics.has_slots(runner.limits.slots);
    let mut loops = loops::start(&runner, &shutdown.drain);
    let overdue = async {
        shutdown.stop.cancelled().await;
        tokio::time::sleep(RELEASE_LIMIT).await;
    };
    let overdue = overdue.shared();
    // The first poll does not wait, so that whether the queue answers is soon known.
    let mut wait = Duration::ZERO;
    let mut jobs = JoinSet::new();
    while !shutdown.drain.is_cancelled() {
        let free = runner.limits.slots.saturating_sub(jobs.len());
        if free == 0 {
            tokio::select! {
                ended = jobs.join_next() => report(ended),
                () = shutdown.drain.cancelled() => {}
            }
            continue;
        }
        // A poll is not dropped half-way, but where the queue is silent at the very end: messages in its
        // answer would be hidden from everybody until their visibility ends.
        let received = tokio::select! {
            received = runner.queue.receive(free, wait, runner.limits.lease()) => received,
            () = overdue.clone() => break,
        };
        match received {
            Ok(deliveries) => {
                runner.readiness.reached(Peer::Queue);
                wait = POLL;
                for delivery in deliveries {
                    jobs.spawn(answer(Arc::clone(&runner), delivery, shutdown.clone()));
                }
            }
            Err(error) => {
                tracing::error!(%error, "the queue does not answer");
                tokio::select! {
                    () = tokio::time::sleep(AFTER_ERROR) => {}
                    () = shutdown.drain.cancelled() => {}
                }
            }
        }
        while let Some(ended) = jobs.try_join_next() {
            report(Some(ended));
        }
    }
    let drained = async {
        while let Some(ended) = jobs.join_next().await {
            report(Some(ended));
        }
        while let Some(ended) = loops.join_next().await {
            report(Some(ended));
        }
    };
    tokio::select! {
        () = drained => tracing::info!("all jobs are done or released"),
        () = overdue => tracing::error!("a part does not answer: what still runs comes back by itself"),
    }
}

/// Works on one message and answers for it.
async fn answer(runner: Arc<Runner>, delivery: Delivery, shutdown: Shutdown) {
    let _busy = runner.metrics.slot_taken();
    if let (1, Some(sent)) = (delivery.receives(), delivery.sent()) {
        runner.metrics.message_received(Timestamp::now().since(sent));
    }
    let job = match delivery.job() {
        Ok(job) => job,
        Err(error) => {
            // Given back at once, it is soon received so often that SQS itself moves it to the
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

fn report(ended: Option<Result<(), JoinError>>) {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "a task ended early; the sweep brings its store back");
    }
}

fn log_unanswered(answered: Result<(), QueueError>) {
    if let Err(error) = answered {
        tracing::warn!(%error, "a message could not be answered for: it comes back");
    }
}
