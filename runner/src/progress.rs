//! Runs the steps of one task: each is written to the table before it acts, under the runner's
//! lease, and all share one deadline.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use domain::{
    event::Event,
    lease::Claim,
    status::{Provisioning, Status},
    step::Step,
    table::{CommitError, Table},
    timestamp::Timestamp,
};
use tracing::Instrument as _;

use crate::{
    cluster::{Cluster, ClusterError},
    failure::{StepError, StepFailure},
    metrics::Metrics,
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

/// The steps of one task as they run.
pub struct Progress<'a> {
    table: &'a Table,
    claim: &'a Claim,
    cluster: &'a Cluster,
    metrics: &'a Metrics,
    status: Status,
    limit: Duration,
    deadline: tokio::time::Instant,
    /// Events that go with the next write.
    pending: Vec<Event>,
}

impl<'a> Progress<'a> {
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
        Self { table, claim, cluster, metrics, status, limit, deadline, pending: Vec::new() }
    }

    /// Adds an event to the next write.
    pub fn tell(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// Runs `work` as `step`. Before it begins, that it begins is written together with the end of
    /// the step before; a runner that has lost its lease is stopped there and touches nothing more.
    ///
    /// # Errors
    /// [`Interruption`].
    pub async fn step<T>(
        &mut self,
        step: Step,
        work: impl Future<Output = Result<T, ClusterError>>,
    ) -> Result<T, Interruption> {
        self.tell(Event::started(step, sentence(step).begins));
        self.write(step).await?;
        tracing::info!(%step, "a step begins");
        let (started, span) = (Instant::now(), tracing::error_span!("step", %step));
        let result = match tokio::time::timeout_at(self.deadline, Box::pin(work).instrument(span)).await {
            Ok(result) => result.map_err(StepError::from),
            Err(_) => Err(StepError::Deadline { limit: self.limit, trouble: self.cluster.trouble() }),
        };
        let after = started.elapsed();
        self.metrics.step_ended(step, &result, after);
        match result {
            Ok(value) => {
                tracing::info!(%step, milliseconds = after.as_millis(), "a step is done");
                self.tell(Event::completed(step, sentence(step).ends, after));
                Ok(value)
            }
            Err(error) => Err(StepFailure { step, error, after }.into()),
        }
    }

    /// The events that no write has taken yet: for the one that ends the task.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.pending
    }

    async fn write(&mut self, step: Step) -> Result<(), CommitError> {
        match self.status {
            Status::Provisioning => {
                let transition = Provisioning::new().begin(step);
                self.table.commit(self.claim, &transition, &self.pending, Timestamp::now()).await?;
            }
            Status::Ready | Status::Failed | Status::Deleting | Status::Deleted => {
                self.table.record(self.claim, self.status, &self.pending).await?;
            }
        }
        self.pending.clear();
        Ok(())
    }
}

struct Sentence {
    begins: &'static str,
    ends: &'static str,
}

/// What the timeline says of a step.
fn sentence(step: Step) -> Sentence {
    let (begins, ends) = match step {
        Step::CreateNamespace => ("Creating the namespace.", "The namespace is there."),
        Step::CreateNetworkPolicies => ("Closing the namespace off.", "Only what must get in and out can."),
        Step::CreateQuota => ("Setting the store's quota.", "The store's quota is set."),
        Step::CreateSecrets => ("Creating the store's secrets.", "The store's secrets are there."),
        Step::DeployMysql => ("Deploying the database.", "The database is deployed."),
        Step::WaitMysql => ("Waiting for the database.", "The database is ready."),
        Step::SetupWoocommerce => {
            ("Installing WordPress and WooCommerce.", "WordPress and WooCommerce are installed.")
        }
        Step::DeployWordpress => ("Deploying the shop.", "The shop is deployed."),
        Step::WaitWordpress => ("Waiting for the shop.", "The shop is ready."),
        Step::CreateIngress => ("Opening the shop to its visitors.", "The shop is open to its visitors."),
        Step::DeleteNamespace => ("Deleting the namespace with all that is in it.", "The namespace is gone."),
    };
    Sentence { begins, ends }
}
