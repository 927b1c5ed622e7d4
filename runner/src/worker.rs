//! Takes jobs off the queue, as many at a time as it has slots, and answers for each.

use std::{sync::Arc, time::Duration};

use domain::{
    queue::{Delivery, QueueError},
    sweep::sweep,
    timestamp::Timestamp,
};
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use crate::{
    drive::{Outcome, drive},
    runner::Runner,
    shutdown::Shutdown,
};

/// How long one poll of the queue waits for a message, and so how long a shutdown may wait for it.
const POLL: Duration = Duration::from_secs(5);
/// How long giving everything back may take, once the grace of a shutdown is over.
const GIVE_BACK: Duration = Duration::from_secs(5);
/// How long to wait after a part did not answer.
const AFTER_ERROR: Duration = Duration::from_secs(3);

/// Works until `shutdown`, then gives back what it can't end in time.
pub async fn work(runner: Arc<Runner>, shutdown: Shutdown) {
    let sweeper = tokio::spawn(sweep_regularly(Arc::clone(&runner), shutdown.clone()));
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
        // A poll is never dropped half-way: messages in its answer would be hidden from everybody
        // until their visibility ends.
        match runner.queue.receive(free, POLL, runner.limits.lease()).await {
            Ok(deliveries) => {
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
        report(Some(sweeper.await));
    };
    let overdue = async {
        shutdown.stop.cancelled().await;
        tokio::time::sleep(GIVE_BACK).await;
    };
    tokio::select! {
        () = drained => tracing::info!("all jobs are done or given back"),
        () = overdue => tracing::error!("a part does not answer: what still runs comes back by itself"),
    }
}

async fn sweep_regularly(runner: Arc<Runner>, shutdown: Shutdown) {
    let mut ticks = tokio::time::interval(runner.limits.sweep_interval());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = shutdown.drain.cancelled() => return,
        }
        if let Err(error) = sweep(&runner.table, &runner.queue, Timestamp::now()).await {
            tracing::error!(%error, "a sweep was not ended");
        }
    }
}

/// Works on one message and answers for it.
async fn answer(runner: Arc<Runner>, delivery: Delivery, shutdown: Shutdown) {
    let job = match delivery.job() {
        Ok(job) => job,
        Err(error) => {
            // Given back at once, it is soon received so often that SQS itself moves it to the
            // dead-letter queue, whole and exactly once, where somebody finds it.
            if delivery.receives() == 1 {
                tracing::error!(%error, "a message is no job of this version: it goes to the dead-letter queue");
            }
            log_unanswered(delivery.give_back(Duration::ZERO).await);
            return;
        }
    };
    let span = tracing::info_span!("job", store = %job.store, uid = %job.uid, task = %job.task);
    async {
        // A drained worker may still have had a poll under way.
        let outcome = if shutdown.drain.is_cancelled() {
            Ok(Outcome::Later(Duration::ZERO))
        } else {
            drive(&runner, &job, &delivery, &shutdown).await
        };
        let answered = match outcome {
            Ok(Outcome::Done) => delivery.acknowledge().await,
            Ok(Outcome::Later(delay)) => delivery.give_back(delay).await,
            Err(error) => {
                tracing::error!(%error, "the job is for later");
                // Longer each time, so that a part which is away for minutes does not use up the
                // receives after which a message is a dead letter.
                let delay = (AFTER_ERROR * delivery.receives()).min(runner.limits.lease());
                delivery.give_back(delay).await
            }
        };
        log_unanswered(answered);
    }
    .instrument(span)
    .await;
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
