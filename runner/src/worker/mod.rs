//! Takes jobs off the queue, as many at a time as it has slots, and answers for each.

mod dispatch;
pub mod hints;
pub mod shutdown;

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use tokio::task::{JoinError, JoinSet};

pub use self::dispatch::run_job;
use self::{dispatch::answer, shutdown::Shutdown};
use crate::{config::RELEASE_LIMIT, loops, observe::readiness::Peer, runner::Runner};

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

fn report(ended: Option<Result<(), JoinError>>) {
    if let Some(Err(error)) = ended {
        tracing::error!(%error, "a task ended early: what it left is taken up again");
    }
}
