//! Does what a store's state asks for, and writes how it ended.

use std::{sync::Arc, time::Duration};

use domain::{
    lease::Claim,
    operation::logs::LogExcerpt,
    provisioning::{event::Event, failure::Cleanup, step::Step},
    store::{
        Store,
        state::{Deleting, Failed, Provisioning, State},
        status::Status,
        transition::Transition,
    },
    table::CommitError,
    values::{kept_text::sentence, timestamp::Timestamp},
};

use crate::{
    cluster::Cluster,
    lease::LeaseGuard,
    reconcile::failure::{HalfDone, StepError, StepFailure},
    reconcile::provision::{Incarnations, provision as provision_store},
    reconcile::step_runner::{Interruption, StepRunner},
    reconcile::teardown::teardown,
    resources::{Blueprint, Passwords, RandomnessError},
    runner::Runner,
};

/// How long the last lines of a component that failed are waited for.
const LAST_LINES_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one look at a namespace that could not be deleted may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a task was left before its end.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The table refused a write, or could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// An operation is half done.
    #[error(transparent)]
    HalfDone(#[from] HalfDone),
    /// An operation waits for a quiet moment: somebody must look again after this time.
    #[error("an operation waits for a quiet moment")]
    Waits(Duration),
    /// Secrets could not be generated.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Does what the claimed store's state asks for, and returns the store as it is then. A failure
/// of the work itself is no error here: it is written to the store.
///
/// # Errors
/// [`TaskError`].
pub async fn run_task(
    runner: &Runner,
    store: &Store,
    claim: &Claim,
    lease: &Arc<LeaseGuard>,
) -> Result<Store, TaskError> {
    let exhausted = store.attempts > runner.limits.max_attempts;
    let task = StoreTask {
        runner,
        store,
        claim,
        cluster: Cluster::new(
            runner.client.clone(),
            store.uid,
            Arc::clone(lease),
            runner.limits.pod_check_interval(),
            runner.metrics.clone(),
        )
        .with_pull_grace(runner.limits.image_pull_grace()),
    };
    match store.state.clone() {
        State::Provisioning(state) if exhausted => task.give_up_provisioning(state).await,
        State::Provisioning(state) => task.provision(state).await,
        State::Failed(state) => match state.failure.cleanup {
            // What is given up is an operation, and what was kept must not be cleaned up for it.
            Cleanup::Done | Cleanup::Kept => task.run_operation(exhausted).await,
            Cleanup::Pending | Cleanup::Failed { .. } if exhausted => task.give_up_cleaning_up(state).await,
            Cleanup::Pending => task.clean_up(state).await,
            Cleanup::Failed { .. } => task.check_again(state).await,
        },
        State::Deleting(state) if exhausted => task.give_up_teardown(state).await,
        State::Deleting(state) => task.tear_down(state).await,
        State::Ready(_) | State::Deleted(_) => task.run_operation(exhausted).await,
    }
}

/// The work on one store, by what its state asks for.
pub(crate) struct StoreTask<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) store: &'a Store,
    pub(crate) claim: &'a Claim,
    pub(crate) cluster: Cluster,
}

impl StoreTask<'_> {
    /// Carries out the store's operation, if it has one.
    async fn run_operation(&self, exhausted: bool) -> Result<Store, TaskError> {
        match self.store.with_operation() {
            Some(operation) if exhausted => self.give_up_operating(operation).await,
            Some(operation) => self.operate(operation).await,
            None => Ok(self.store.clone()),
        }
    }

    /// What the store's objects are made from.
    pub(crate) fn blueprint(&self) -> Blueprint {
        Blueprint::new(self.store, self.runner.settings.clone())
    }

    async fn provision(&self, state: Provisioning) -> Result<Store, TaskError> {
        let Self { runner, store, claim, cluster } = self;
        let passwords = Passwords::generate()?;
        let blueprint = self.blueprint();
        let limit = runner.limits.provision_deadline();
        let mut steps =
            StepRunner::new(&runner.table, claim, cluster, &runner.metrics, Status::Provisioning, limit);
        if store.release.is_none() {
            steps = steps.recording(blueprint.release().clone());
        }
        if store.attempts > 1 {
            steps.record(Event::resumed(store.attempts));
        }
        let resources = blueprint.resources(&passwords);
        let certificate = blueprint.certificate();
        let incarnations = Incarnations { table: &runner.table, store: &store.id };
        let made =
            Box::pin(provision_store(&mut steps, cluster, resources, &incarnations, certificate)).await;
        let mut events = steps.into_events();
        match made {
            Ok(()) => {
                let url = blueprint.url().to_owned();
                events.push(self.ready(&url).await);
                tracing::info!(%url, "the store is ready");
                self.commit(state.ready(url, Timestamp::now()), &events).await
            }
            Err(Interruption::Commit(error)) => Err(error.into()),
            Err(Interruption::Failed(failed)) => self.fail(state, &failed, events).await,
        }
    }

    /// That the store is up: at `url` it is said to answer where nobody has seen that it does not.
    async fn ready(&self, url: &str) -> Event {
        if self.store.suspension.is_some() {
            return Event::ready_and_suspended();
        }
        let problem = match &self.runner.https {
            Some(https) => https.problem_of(url).await,
            None => None,
        };
        problem.map_or_else(|| Event::ready(url), |problem| Event::ready_and_unanswered(url, &problem))
    }

    /// Writes that the store failed. Unless it is to be kept, it is not at rest then, but to be
    /// cleaned up.
    async fn fail(
        &self,
        state: Provisioning,
        failed: &StepFailure,
        mut events: Vec<Event>,
    ) -> Result<Store, TaskError> {
        let kept = self.runner.limits.keep_failed;
        let (failure, event) = failed.record(if kept { Cleanup::Kept } else { Cleanup::Pending });
        tracing::warn!(step = %failure.step, code = %failure.code, message = failure.message, "the store failed");
        events.push(event);
        let transition = match self.last_lines(failed.step).await {
            Some(log) => state.fail_with_log(failure, log),
            None => state.fail(failure),
        };
        self.commit(transition, &events).await
    }

    /// What the component said last whose step has failed: afterwards its pods are gone. That it can't be
    /// read is no reason to hold the failure up.
    pub(crate) async fn last_lines(&self, step: Step) -> Option<LogExcerpt> {
        let component = step.component()?;
        let read = self.cluster.last_lines(&self.store.id, component);
        match tokio::time::timeout(LAST_LINES_TIMEOUT, Box::pin(read)).await {
            Ok(Ok(log)) => return Some(log),
            Ok(Err(error)) => tracing::info!(%component, %error, "the failure has no log"),
            Err(late) => tracing::warn!(%component, %late, "the failure has no log"),
        }
        None
    }

    async fn clean_up(&self, state: Failed) -> Result<Store, TaskError> {
        let (gone, mut events) = self.delete_namespace(Status::Failed).await;
        let transition = match gone {
            Ok(()) => state.cleaned_up(),
            Err(Interruption::Commit(error)) => return Err(error.into()),
            Err(Interruption::Failed(failed)) => {
                let (failure, event) = failed.record(Cleanup::Pending);
                tracing::warn!(message = failure.message, "the clean-up failed");
                events.push(event);
                state.clean_up_failed(failure.message, self.next_look())
            }
        };
        self.commit(transition, &events).await
    }

    /// Looks whether the namespace that could not be deleted is gone by now. If so, what was asked for is
    /// brought to its end, in the timeline too. Nothing is recorded of a look that finds it there still: there
    /// may be thousands.
    async fn check_again(&self, state: Failed) -> Result<Store, TaskError> {
        let Self { runner, store, claim, cluster } = self;
        let namespace = store.id.namespace();
        match tokio::time::timeout(LOOK_TIMEOUT, Box::pin(cluster.delete_namespace(&namespace))).await {
            Ok(Ok(None)) => return self.commit(state.unblocked(Timestamp::now()), &[]).await,
            Ok(Ok(Some(_))) => tracing::info!(namespace, "the namespace is still there"),
            Ok(Err(error)) => tracing::warn!(namespace, %error, "the namespace is still there"),
            Err(late) => {
                tracing::warn!(namespace, %late, "nobody knows whether the namespace is still there");
            }
        }
        runner.table.check_again(claim, self.next_look()).await?;
        Ok(self.store.clone())
    }

    /// When a namespace that could not be deleted is looked at again.
    fn next_look(&self) -> Timestamp {
        Timestamp::now().plus(self.runner.limits.cleanup_retry())
    }

    async fn tear_down(&self, state: Deleting) -> Result<Store, TaskError> {
        let (gone, mut events) = self.delete_namespace(Status::Deleting).await;
        let transition = match gone {
            Ok(()) => {
                let Self { runner, store, .. } = self;
                let gone = state.gone(Timestamp::now());
                if let Some(deleted) = gone.to().gone() {
                    let expires = deleted.expires();
                    let history = runner.table.expire_history(&store.id, store.uid, expires);
                    history.await.map_err(CommitError::from)?;
                }
                tracing::info!("the store is gone");
                events.push(Event::deleted());
                gone
            }
            Err(Interruption::Commit(error)) => return Err(error.into()),
            Err(Interruption::Failed(failed)) => {
                let (failure, event) = failed.record(Cleanup::Pending);
                tracing::warn!(message = failure.message, "the deletion failed");
                events.push(event);
                state.fail(failure, sentence(failed.error.to_string()), self.next_look())
            }
        };
        self.commit(transition, &events).await
    }

    async fn give_up_provisioning(&self, state: Provisioning) -> Result<Store, TaskError> {
        let failed = self.exhausted(state.step.unwrap_or(Step::CreateNamespace));
        self.fail(state, &failed, Vec::new()).await
    }

    async fn give_up_cleaning_up(&self, state: Failed) -> Result<Store, TaskError> {
        let (failure, event) = self.exhausted(Step::DeleteNamespace).record(Cleanup::Pending);
        self.commit(state.clean_up_failed(failure.message, self.next_look()), &[event]).await
    }

    async fn give_up_teardown(&self, state: Deleting) -> Result<Store, TaskError> {
        let failed = self.exhausted(Step::DeleteNamespace);
        let (failure, event) = failed.record(Cleanup::Pending);
        self.commit(state.fail(failure, sentence(failed.error.to_string()), self.next_look()), &[event]).await
    }

    /// The failure of a store that was taken up too often.
    fn exhausted(&self, step: Step) -> StepFailure {
        let error = StepError::Exhausted { attempts: self.runner.limits.max_attempts };
        StepFailure { step, error, after: Duration::ZERO }
    }

    /// Deletes the store's namespace; and the events of that which are still to be written.
    async fn delete_namespace(&self, status: Status) -> (Result<(), Interruption>, Vec<Event>) {
        let Self { runner, store, claim, cluster } = self;
        let limit = runner.limits.teardown_deadline();
        let mut steps = StepRunner::new(&runner.table, claim, cluster, &runner.metrics, status, limit);
        if store.attempts > 1 {
            steps.record(Event::resumed(store.attempts));
        }
        let gone = teardown(&mut steps, cluster, &store.id).await;
        (gone, steps.into_events())
    }

    /// Writes `transition`, under the lease.
    pub(crate) async fn commit(&self, transition: Transition, events: &[Event]) -> Result<Store, TaskError> {
        self.runner.table.commit(self.claim, &transition, events, Timestamp::now()).await?;
        self.runner.metrics.store_moved(&transition);
        Ok(transition.applied_to(self.store.clone()))
    }
}
