//! Carries out the operation that a store is busy with, and writes how it ended.

use domain::{
    operation::{End, OperationFailure, OperationResult, Outcome},
    provisioning::event::Event,
    store::status::{Busy, State, Status},
    values::timestamp::Timestamp,
};

use crate::{
    actions::{ActionError, carry_out},
    reconcile::failure::{StepError, with_advice},
    reconcile::step_runner::{record_at_once, while_recording},
    task::{StoreTask, TaskError},
};

impl StoreTask<'_> {
    /// Carries the operation out, within its deadline.
    pub(crate) async fn operate(&self, busy: Busy) -> Result<State, TaskError> {
        let busy = self.begin(busy).await?;
        let outcome = match Box::pin(self.carried_out(&busy)).await? {
            Ok(result) => Outcome::Succeeded(result),
            Err(error) => Outcome::Failed(operation_failure(&error)),
        };
        self.end(busy, outcome).await
    }

    /// Ends an operation that was taken up too often.
    pub(crate) async fn give_up_operating(&self, busy: Busy) -> Result<State, TaskError> {
        let error = StepError::Exhausted { attempts: self.runner.limits.max_attempts };
        self.end(busy, Outcome::Failed(operation_failure(&error))).await
    }

    /// Writes that a runner is at it.
    async fn begin(&self, busy: Busy) -> Result<Busy, TaskError> {
        let order = busy.order();
        let mut events = Vec::new();
        if self.store.attempts > 1 {
            events.push(Event::resumed(self.store.attempts));
        }
        if order.started.is_none() {
            events.push(Event::operation_started(order));
        }
        tracing::info!(operation = %order.id, work = %order.work, "an operation begins");
        let (busy, begins) = busy.begin(Timestamp::now());
        self.commit(begins, &events).await?;
        Ok(busy)
    }

    /// Does the work, and tells once if the cluster makes it wait.
    async fn carried_out(&self, busy: &Busy) -> Result<Result<OperationResult, StepError>, TaskError> {
        let limit = self.runner.limits.operation_deadline();
        let work = carry_out(&self.cluster, &self.store.id, busy.url(), busy.order());
        let work = tokio::time::timeout(limit, Box::pin(work));
        match while_recording(work, Box::pin(self.record_retries(busy))).await? {
            Ok(Ok(result)) => Ok(Ok(result)),
            Ok(Err(ActionError::Cluster(error))) => Ok(Err(error.into())),
            Ok(Err(ActionError::Randomness(error))) => Err(error.into()),
            Err(_) => Ok(Err(StepError::Deadline { limit, trouble: self.cluster.trouble() })),
        }
    }

    /// Waits until a request is tried again, and writes that down at once: whoever follows the operation
    /// sees why it does not get on.
    async fn record_retries(&self, busy: &Busy) -> Result<(), TaskError> {
        let reason = self.cluster.retried_next().await;
        let event = Event::operation_retrying(busy.order(), &reason);
        Ok(record_at_once(&self.runner.table, self.claim, Status::Ready, event).await?)
    }

    /// Writes how it ended, which brings the store to rest.
    async fn end(&self, busy: Busy, outcome: Outcome) -> Result<State, TaskError> {
        let id = busy.order().id;
        match &outcome {
            Outcome::Succeeded(_) => tracing::info!(operation = %id, "an operation is done"),
            Outcome::Failed(failure) => {
                tracing::warn!(operation = %id, code = %failure.code, message = failure.message, "an operation failed");
            }
        }
        let ends = busy.end(End { at: Timestamp::now(), outcome });
        let event = ends.operation().and_then(Event::operation_ended);
        self.commit(ends, event.as_slice()).await
    }
}

/// What a person gets to read of it.
pub(crate) fn operation_failure(error: &StepError) -> OperationFailure {
    OperationFailure { code: error.code(), message: with_advice(error, "Mend that, and ask for it again.") }
}
