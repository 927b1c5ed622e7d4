//! Takes jobs off the queue, as many at a time as it has slots, and answers for each.

use std::{sync::Arc, time::Duration};

use domain::{
    queue::{Delivery, Queue, QueueError},
    sweep::sweep,
    table::Table,
    timestamp::Timestamp,
};
use kube::Client;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;

use crate::{
    config::Limits,
    drive::{Outcome, drive},
    settings::StoreSettings,
    shutdown::Shutdown,
};

/// How long one poll of the queue waits for a message, and so how long a shutdown may wait for it.
const POLL: Duration = Duration::from_secs(5);
/// How long to wait after a part did not answer.
const AFTER_ERROR: Duration = Duration::from_secs(3);

/// Everything a job is worked on with.
pub struct Worker {
    /// The truth.
    pub table: Table,
    /// The hints.
    pub queue: Queue,
    /// The cluster.
    pub client: Client,
    /// What stores have in common.
    pub settings: StoreSettings,
    /// How much, how long, how often.
    pub limits: Limits,
    /// This process's name in leases.
    pub holder: String,
}

impl Worker {
    /// Works until `shutdown`, then gives back what it can't end in time.
    pub async fn run(self: Arc<Self>, shutdown: Shutdown) {
        let sweeper = tokio::spawn(Arc::clone(&self).sweep_regularly(shutdown.clone()));
        let mut jobs = JoinSet::new();
        while !shutdown.drain.is_cancelled() {
            let free = self.limits.slots.saturating_sub(jobs.len());
            if free == 0 {
                tokio::select! {
                    ended = jobs.join_next() => report(ended),
                    () = shutdown.drain.cancelled() => {}
                }
                continue;
            }
            // A poll is never dropped half-way: messages in its answer would be hidden from everybody
            // until their visibility ends.
            match self.queue.receive(free, POLL, self.limits.lease()).await {
                Ok(deliveries) => {
                    for delivery in deliveries {
                        jobs.spawn(Arc::clone(&self).answer(delivery, shutdown.clone()));
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
        while let Some(ended) = jobs.join_next().await {
            report(Some(ended));
        }
        report(Some(sweeper.await));
        tracing::info!("all jobs are done or given back");
    }

    async fn sweep_regularly(self: Arc<Self>, shutdown: Shutdown) {
        let mut ticks = tokio::time::interval(self.limits.sweep_interval());
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = shutdown.drain.cancelled() => return,
            }
            if let Err(error) = sweep(&self.table, &self.queue, Timestamp::now()).await {
                tracing::error!(%error, "a sweep was not ended");
            }
        }
    }

    /// Works on one message and answers for it.
    async fn answer(self: Arc<Self>, delivery: Delivery, shutdown: Shutdown) {
        let job = match delivery.job() {
            Ok(job) => job,
            Err(error) => {
                // Received too often, it goes to the dead-letter queue, where somebody finds it.
                tracing::error!(%error, receives = delivery.receives(), "a message is no job of this version");
                log_unanswered(delivery.give_back(self.limits.lease()).await);
                return;
            }
        };
        let span = tracing::info_span!("job", store = %job.store, uid = %job.uid, task = %job.task);
        async {
            // A drained worker may still have had a poll under way.
            let outcome = if shutdown.drain.is_cancelled() {
                Ok(Outcome::Later(Duration::ZERO))
            } else {
                drive(&self, &job, &delivery, &shutdown).await
            };
            let answered = match outcome {
                Ok(Outcome::Done) => delivery.acknowledge().await,
                Ok(Outcome::Later(delay)) => delivery.give_back(delay).await,
                Err(error) => {
                    tracing::error!(%error, "the job is for later");
                    delivery.give_back(AFTER_ERROR).await
                }
            };
            log_unanswered(answered);
        }
        .instrument(span)
        .await;
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
