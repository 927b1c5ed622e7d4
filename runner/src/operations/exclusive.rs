//! Carries out a store's exclusive operation under the store's lease, and writes how it ended.

use std::time::Duration;

use domain::{
    operation::{End, OperationFailure, OperationResult, Outcome},
    provisioning::event::Event,
    store::{Store, operations::StoreOperation, release::Release},
    values::timestamp::Timestamp,
};

use super::{ExclusiveError, failure, half_done, run_exclusive, undo_exclusive};
use crate::reconcile::{
    failure::{HalfDone, StepError},
    step_runner::{record_at_once, while_recording},
    task::{StoreTask, TaskError},
};

/// How long one look at what a store is made of may take.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(10);

impl StoreTask<'_> {
    /// Carries the operation out, within its deadline.
    pub(crate) async fn operate(&self, running: StoreOperation) -> Result<Store, TaskError> {
        let running = self.begin(running).await?;
        let outcome = match Box::pin(self.carry_out(&running)).await? {
            Ok(result) => Outcome::Succeeded(result),
            Err(error) => Outcome::Failed(self.undo(&running, error).await?),
        };
        self.end(running, outcome).await
    }

    /// Ends an operation that was taken up too often.
    pub(crate) async fn give_up_operating(&self, running: StoreOperation) -> Result<Store, TaskError> {
        let error = StepError::Exhausted { attempts: self.runner.limits.max_attempts };
        self.end(running, Outcome::Failed(failure(&error))).await
    }

    /// Writes that a runner is at it.
    async fn begin(&self, pending: StoreOperation) -> Result<StoreOperation, TaskError> {
        let operation = pending.operation();
        let mut events = Vec::new();
        if self.store.attempts > 1 {
            events.push(Event::resumed(self.store.attempts));
        }
        if operation.started.is_none() {
            events.push(Event::operation_started(operation));
        }
        tracing::info!(operation = %operation.id, work = %operation.request, "an operation begins");
        let (running, begins) = pending.begin(Timestamp::now());
        self.commit(begins.recording(self.unrecorded_release().await), &events).await?;
        Ok(running)
    }

    /// What a store is made of whose record does not say so, as it runs. Where that can't be read, what is asked for
    /// goes on without it: it is looked for again with the next operation.
    async fn unrecorded_release(&self) -> Option<Release> {
        if self.store.release.is_some() {
            return None;
        }
        let namespace = self.store.id.namespace();
        let read = self.cluster.running_release(&namespace);
        match tokio::time::timeout(RELEASE_TIMEOUT, Box::pin(read)).await {
            Ok(Ok(release)) => release,
            Ok(Err(error)) => {
                tracing::warn!(%error, "what the store is made of can't be read");
                None
            }
            Err(late) => {
                tracing::warn!(%late, "what the store is made of can't be read");
                None
            }
        }
    }

    /// Does the work, and records once if the cluster makes it wait.
    async fn carry_out(
        &self,
        running: &StoreOperation,
    ) -> Result<Result<OperationResult, StepError>, TaskError> {
        let limit = self.runner.limits.operation_deadline();
        let blueprint = self.blueprint();
        let work = run_exclusive(&self.cluster, &blueprint, running.operation());
        let work = tokio::time::timeout(limit, Box::pin(work));
        match while_recording(work, Box::pin(self.record_retries(running))).await? {
            Ok(Ok(result)) => Ok(Ok(result)),
            Ok(Err(ExclusiveError::Cluster(error))) => Ok(Err(error.into())),
            Ok(Err(ExclusiveError::Randomness(error))) => Err(error.into()),
            Err(_) => Ok(Err(StepError::Deadline { limit, trouble: self.cluster.trouble() })),
        }
    }

    /// Takes back what was done of an operation that failed by `error`, so that its end is one or the other, and says
    /// what became of it. Where it is not done in time, the whole is for later.
    async fn undo(&self, running: &StoreOperation, error: StepError) -> Result<OperationFailure, HalfDone> {
        let limit = self.runner.limits.operation_deadline();
        let blueprint = self.blueprint();
        let undone = undo_exclusive(&self.cluster, &blueprint, running.operation());
        match tokio::time::timeout(limit, Box::pin(undone)).await {
            Ok(Ok(())) => Ok(failure(&error)),
            Ok(Err(trouble)) => Ok(half_done(&error, &trouble)),
            Err(_) => {
                let trouble = StepError::Deadline { limit, trouble: self.cluster.trouble() };
                Err(HalfDone { error, trouble })
            }
        }
    }

    /// Waits until a request is tried again, and writes that down at once: whoever follows the operation
    /// sees why it does not get on.
    async fn record_retries(&self, running: &StoreOperation) -> Result<(), TaskError> {
        let reason = self.cluster.retried_next().await;
        let event = Event::operation_retrying(running.operation(), &reason);
        let status = running.state().status();
        Ok(record_at_once(&self.runner.table, self.claim, status, event).await?)
    }

    /// Writes how it ended, which brings the store to rest.
    async fn end(&self, running: StoreOperation, outcome: Outcome) -> Result<Store, TaskError> {
        let id = running.operation().id;
        match &outcome {
            Outcome::Succeeded(_) => tracing::info!(operation = %id, "an operation is done"),
            Outcome::Failed(failure) => {
                tracing::warn!(operation = %id, code = %failure.code, message = failure.message, "an operation failed");
            }
        }
        let ends = running.end(End { at: Timestamp::now(), outcome });
        let event = ends.operation().as_ref().and_then(Event::operation_ended);
        self.commit(ends, event.as_slice()).await
    }
}
