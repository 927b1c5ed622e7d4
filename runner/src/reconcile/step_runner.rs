//! Runs the steps of one task: each is written to the table as it begins, under the runner's lease,
//! and all share one deadline.
//!
//! That write is refused where the lease is another runner's, or the store's status has changed: so a runner that
//! has lost its lease is stopped, and so a delete stops a provisioning. The step's own requests go out at the same
//! time, and are dropped where the write is refused. That is safe for three reasons. Every request asks first
//! whether the lease is still held by the runner's own clock, so no two runners act at once. A delete or a retry
//! waits for that lease, so its task begins only after the step was dropped. And what a dropped request may still
//! make lies in the store's namespace, where the API server refuses it, or where it goes with the namespace.
//! The two steps that make and delete the namespace itself write first: so every namespace there ever was is in its
//! store's timeline.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use domain::{
    lease::Claim,
    provisioning::{event::Event, step::Step},
    store::{release::Release, state::Provisioning, status::Status},
    table::{CommitError, Table, TableError},
    values::timestamp::Timestamp,
};
use tracing::Instrument as _;

use super::step_table::{StepRow, row};
use crate::{
    cluster::{Cluster, ClusterError},
    observe::metrics::{Metrics, StepResult},
    reconcile::{
        failure::{StepError, StepFailure},
        retry_event::{record_at_once, while_recording},
    },
};

/// Why a task did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// A step failed for good.
    #[error(transparent)]
    Failed(#[from] StepFailure),
    /// The table refused a write, or could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Why the work of a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Something stands in the way in the cluster: the step failed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Something stands in the way of a later step's work, which went on beside this one: that step failed.
    #[error("{error}")]
    Early {
        /// The step whose work it is.
        step: Step,
        /// What stands in its way.
        #[source]
        error: ClusterError,
    },
    /// The table could not be read: it is for later.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// The steps of one task as they run.
pub struct StepRunner<'a> {
    table: &'a Table,
    claim: &'a Claim,
    cluster: &'a Cluster,
    metrics: &'a Metrics,
    status: Status,
    limit: Duration,
    deadline: tokio::time::Instant,
    /// Events that go with the next write.
    pending: Vec<Event>,
    /// What the store is made of, where the first step is to write that down.
    release: Option<Release>,
}

impl<'a> StepRunner<'a> {
    /// Steps for the claimed store, which is in `status`, that may take `limit` together.
    #[must_use]
    pub fn new(
        table: &'a Table,
        claim: &'a Claim,
        cluster: &'a Cluster,
        metrics: &'a Metrics,
        status: Status,
        limit: Duration,
    ) -> Self {
        let deadline = tokio::time::Instant::now() + limit;
        Self { table, claim, cluster, metrics, status, limit, deadline, pending: Vec::new(), release: None }
    }

    /// The same; the first step of a provisioning writes down that the store is made of `release`.
    #[must_use]
    pub fn recording(self, release: Release) -> Self {
        Self { release: Some(release), ..self }
    }

    /// Adds an event to the next write.
    pub fn record(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// Runs `work` as `step`: writes that it begins, together with the end of the step before, and does
    /// it. The work goes on at the same time as the write where all that it makes lies in the store's
    /// namespace, and is dropped where the write is refused: nobody else works on the store while the
    /// lease is held, which each request asks first, and whatever a dropped request may still make is
    /// refused by the API server, or goes, with the namespace. What makes or deletes the namespace
    /// itself begins only once it is written.
    ///
    /// # Errors
    /// [`Interruption`].
    pub fn step<T, E: Into<WorkError>>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, Interruption>> {
        // Work nests deep, and debug builds have small stacks.
        let work = Box::pin(work);
        self.run(step, work)
    }

    async fn run<T, E: Into<WorkError>>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<T, E>> + Unpin,
    ) -> Result<T, Interruption> {
        let StepRow { begins, ends, writes_first } = row(step);
        self.record(Event::started(step, begins));
        let events = std::mem::take(&mut self.pending);
        let span = tracing::error_span!("step", %step);
        let (result, after) = {
            let mut begins = std::pin::pin!(self.begin(step, &events));
            let mut work = std::pin::pin!(self.timed(step, work).instrument(span));
            if writes_first {
                begins.await?;
                work.await?
            } else {
                tokio::select! {
                    begun = &mut begins => { begun?; work.await? }
                    done = &mut work => { begins.await?; done? }
                }
            }
        };
        // Where a later step's work has failed, this one is stopped half-way.
        let (ended, result) = match result {
            Ok(value) => (step, Ok(value)),
            Err((failed, error)) => (failed, Err(error)),
        };
        self.metrics.step_ended(
            ended,
            match &result {
                Ok(_) => StepResult::Done,
                Err(StepError::Cluster(_) | StepError::Exhausted { .. }) => StepResult::Failed,
                Err(StepError::Deadline { .. }) => StepResult::Deadline,
            },
            after,
        );
        for warning in self.cluster.take_warnings() {
            self.record(Event::warning(step, &warning));
        }
        match result {
            Ok(value) => {
                tracing::info!(%step, milliseconds = after.as_millis(), "a step is done");
                self.record(Event::completed(step, ends, after));
                Ok(value)
            }
            Err(error) => Err(StepFailure { step: ended, error, after }.into()),
        }
    }

    /// Does the work of a step, within the deadline, and records once if the cluster makes it wait. A failure
    /// comes with the step whose work it is.
    async fn timed<T, E: Into<WorkError>>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, E>> + Unpin,
    ) -> Result<(Result<T, (Step, StepError)>, Duration), CommitError> {
        let started = Instant::now();
        let work = tokio::time::timeout_at(self.deadline, work);
        let worked = while_recording(self.cluster, work, |reason| {
            let event = Event::retrying(step, &reason);
            record_at_once(self.table, self.claim, self.status, event)
        })
        .await?;
        let result = match worked {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => match error.into() {
                WorkError::Cluster(error) => Err((step, error.into())),
                WorkError::Early { step, error } => Err((step, error.into())),
                WorkError::Table(error) => return Err(error.into()),
            },
            Err(_) => {
                let trouble = self.cluster.trouble();
                Err((step, StepError::Deadline { limit: self.limit, trouble }))
            }
        };
        Ok((result, started.elapsed()))
    }

    /// The events that no write has taken yet: for the one that ends the task.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.pending
    }

    /// Writes that `step` begins, with the `events` of that and of what was before.
    async fn begin(&self, step: Step, events: &[Event]) -> Result<(), CommitError> {
        match self.status {
            Status::Provisioning => {
                let release = self.release.clone().filter(|_| step.position() == Some(0));
                let transition = Provisioning::new().begin(step).recording(release);
                self.table.commit(self.claim, &transition, events, Timestamp::now()).await?;
            }
            Status::Ready | Status::Failed | Status::Deleting | Status::Deleted => {
                self.table.record(self.claim, self.status, events).await?;
            }
        }
        tracing::info!(%step, "a step begins");
        Ok(())
    }
}
