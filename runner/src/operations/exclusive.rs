//! Carries out a store's exclusive operation under the store's lease, and writes how it ended.

use std::time::Duration;

use domain::{
    operation::{End, ExclusiveKind, OperationFailure, OperationResult, Outcome},
    provisioning::{
        event::Event,
        failure::{Cleanup, Failure},
        step::Step,
    },
    store::{Store, operations::StoreOperation, release::Release, status::Status},
    values::timestamp::Timestamp,
};

use super::{
    ExclusiveError, Undone, failure, guard::Passage, half_done, left_half_done, run_exclusive, undo_exclusive,
};
use crate::{
    reconcile::{
        failure::{HalfDone, StepError},
        retry_event::{record_at_once, while_recording},
        task::{StoreTask, TaskError},
    },
    resources::Blueprint,
};

/// How long one look at what a store is made of may take.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(10);

/// How an operation comes to its end.
enum Ending {
    /// The store is as it is to be, or as it was.
    Whole(Outcome),
    /// The store is neither, and closed.
    HalfDone(StepError),
}

impl StoreTask<'_> {
    /// Carries the operation out, within its deadline, once its guard lets it begin.
    pub(crate) async fn operate(&self, pending: StoreOperation) -> Result<Store, TaskError> {
        let (pending, guarded) = match Box::pin(self.pass_guard(pending)).await? {
            Passage::GoesOn(pending, event) => (*pending, event),
            Passage::Ended(store) => return Ok(*store),
        };
        let (running, store) = self.begin(pending, guarded).await?;
        let blueprint = Blueprint::new(&store, self.runner.settings.clone());
        let ending = match Box::pin(self.carry_out(&running, &blueprint)).await? {
            Ok(result) => Ending::Whole(Outcome::Succeeded(result)),
            Err(error) => self.undo(&running, &blueprint, error).await??,
        };
        self.end(running, &store, ending).await
    }

    /// Ends an operation that was taken up too often.
    pub(crate) async fn give_up_operating(&self, running: StoreOperation) -> Result<Store, TaskError> {
        let error = StepError::Exhausted { attempts: self.runner.limits.max_attempts };
        let ending = if running.operation().request.kind() == ExclusiveKind::Upgrade {
            // How far it came is to be known: a shop whose database was changed must not be open.
            match self.undo(&running, &self.blueprint(), error).await? {
                Ok(ending) => ending,
                Err(HalfDone { error, trouble: _ }) => Ending::HalfDone(error),
            }
        } else {
            Ending::Whole(Outcome::Failed(failure(&error)))
        };
        self.end(running, self.store, ending).await
    }

    /// Writes that a runner is at it, with the event of its guard, `guarded`, and returns the store as it is then.
    async fn begin(
        &self,
        pending: StoreOperation,
        guarded: Option<Event>,
    ) -> Result<(StoreOperation, Store), TaskError> {
        let operation = pending.operation();
        let mut events: Vec<_> = guarded.into_iter().collect();
        if self.store.attempts > 1 {
            events.push(Event::resumed(self.store.attempts));
        }
        if operation.started.is_none() {
            events.push(Event::operation_started(operation));
        }
        tracing::info!(operation = %operation.id, work = %operation.request, "an operation begins");
        let (running, begins) = pending.begin(Timestamp::now());
        let store = self.commit(begins.recording(self.unrecorded_release().await), &events).await?;
        Ok((running, store))
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
        blueprint: &Blueprint,
    ) -> Result<Result<OperationResult, StepError>, TaskError> {
        let limit = self.runner.limits.operation_deadline(running.operation().request.kind());
        let work = run_exclusive(&self.cluster, blueprint, running.operation());
        let work = tokio::time::timeout(limit, Box::pin(work));
        match while_recording(&self.cluster, work, |reason| self.record_retry(running, reason)).await? {
            Ok(Ok(result)) => Ok(Ok(result)),
            Ok(Err(ExclusiveError::Cluster(error))) => Ok(Err(error.into())),
            Ok(Err(ExclusiveError::Randomness(error))) => Err(error.into()),
            Err(_) => Ok(Err(StepError::Deadline { limit, trouble: self.cluster.trouble() })),
        }
    }

    /// Takes back what was done of an operation that failed by `error`, so that its end is one or the other, and says
    /// what became of it. Where it is not done in time, the whole is for later.
    async fn undo(
        &self,
        running: &StoreOperation,
        blueprint: &Blueprint,
        error: StepError,
    ) -> Result<Result<Ending, HalfDone>, TaskError> {
        let limit = self.runner.limits.undo_deadline();
        let is_upgrade = running.operation().request.kind() == ExclusiveKind::Upgrade;
        let undone = undo_exclusive(&self.cluster, blueprint, running.operation());
        let undone = tokio::time::timeout(limit, Box::pin(undone));
        let record = |reason| self.record_retry(running, reason);
        Ok(match while_recording(&self.cluster, undone, record).await? {
            Ok(Ok(Undone::TakenBack)) => Ok(Ending::Whole(Outcome::Failed(failure(&error)))),
            Ok(Ok(Undone::LeftHalfDone)) => Ok(Ending::HalfDone(error)),
            // Whether the shop of before serves is not known.
            Ok(Err(trouble)) if is_upgrade => {
                tracing::warn!(%trouble, "an upgrade could not be taken back");
                Ok(Ending::HalfDone(error))
            }
            Ok(Err(trouble)) => Ok(Ending::Whole(Outcome::Failed(half_done(&error, &trouble)))),
            Err(_) => {
                let trouble = StepError::Deadline { limit, trouble: self.cluster.trouble() };
                Err(HalfDone { error, trouble })
            }
        })
    }

    /// Writes that a request is tried again: whoever follows the operation sees why it does not get on.
    async fn record_retry(&self, running: &StoreOperation, reason: String) -> Result<(), TaskError> {
        let event = Event::operation_retrying(running.operation(), &reason);
        let status = running.state().status();
        Ok(record_at_once(&self.runner.table, self.claim, status, event).await?)
    }

    /// Writes how it ended, which brings `store` to rest.
    async fn end(&self, running: StoreOperation, store: &Store, ending: Ending) -> Result<Store, TaskError> {
        match ending {
            Ending::Whole(outcome) => self.end_whole(running, store, outcome).await,
            Ending::HalfDone(error) => self.leave_half_done(running, &error).await,
        }
    }

    pub(super) async fn end_whole(
        &self,
        running: StoreOperation,
        store: &Store,
        outcome: Outcome,
    ) -> Result<Store, TaskError> {
        let id = running.operation().id;
        match &outcome {
            Outcome::Succeeded(_) => tracing::info!(operation = %id, "an operation is done"),
            Outcome::Failed(failure) => {
                tracing::warn!(operation = %id, code = %failure.code, message = failure.message, "an operation failed");
            }
        }
        let release = self.release_after(store, &outcome).await;
        let ends = running.end(End { at: Timestamp::now(), outcome }).recording(release);
        let mut events: Vec<_> =
            ends.operation().as_ref().and_then(Event::operation_ended).into_iter().collect();
        if ends.from() == Status::Failed {
            events.extend(ends.to().url().map(|url| match store.suspension {
                None => Event::ready(url),
                Some(_) => Event::ready_and_suspended(),
            }));
        }
        self.commit(ends, &events).await
    }

    /// What the store is made of after an operation that changes it; `None` where that stays as it is written.
    async fn release_after(&self, store: &Store, outcome: &Outcome) -> Option<Release> {
        match outcome {
            Outcome::Succeeded(OperationResult::Upgraded(upgraded)) => match store.release.clone() {
                Some(release) => Some(release.upgraded_to(upgraded.image.clone(), upgraded.versions())),
                None => self.unrecorded_release().await,
            },
            Outcome::Succeeded(
                OperationResult::Restarted(_)
                | OperationResult::PasswordReset { .. }
                | OperationResult::PowerChanged { .. }
                | OperationResult::SuspensionChanged { .. }
                | OperationResult::Answered { .. },
            )
            | Outcome::Failed(_) => None,
        }
    }

    /// Writes that the store is left half done, because of `error`, which brings it to rest as one that failed.
    async fn leave_half_done(&self, running: StoreOperation, error: &StepError) -> Result<Store, TaskError> {
        let (id, now) = (running.operation().id, Timestamp::now());
        let after = running.operation().started.map(|started| now.since(started)).unwrap_or_default();
        let failure = left_half_done(error);
        tracing::error!(operation = %id, code = %failure.code, message = failure.message, "a store is left half done");
        let step = Step::UpgradeShop;
        let OperationFailure { code, message } = failure.clone();
        let store_failure = Failure { step, code, message, at: now, cleanup: Cleanup::Kept };
        let log = self.last_lines(step).await;
        let was_up = running.state().status() == Status::Ready;
        let message = failure.message.clone();
        let ends =
            running.left_half_done(store_failure, log, End { at: now, outcome: Outcome::Failed(failure) });
        let mut events: Vec<_> =
            ends.operation().as_ref().and_then(Event::operation_ended).into_iter().collect();
        if was_up {
            events.push(Event::failed(step, message, after));
        }
        self.commit(ends, &events).await
    }
}
