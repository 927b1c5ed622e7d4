//! Random runs: two or three runners, many faults, and a person's requests in the middle of it. One
//! number, the seed, decides all of that; what the machine's scheduler makes of it is its own.

use std::{env, sync::Arc, time::Duration};

use domain::{
    provisioning::failure::{Cleanup, FailureCode},
    queue::job::Job,
    store::{Store, state::State, status::Status},
};
use futures_util::{
    StreamExt as _,
    stream::{self, FuturesUnordered},
};
use tokio::time::{sleep, timeout};

use crate::{
    environment::{
        Environment, SharedParts,
        runner_thread::{MAX_ATTEMPTS, RunnerThread},
        snapshot::{NormalizedObjects, difference},
        timeline,
    },
    every_call::baseline,
    injection::injector::Condition,
    parts,
    plan::{Disturbance, FirstJob, Plan},
    progress::Progress,
    scenario::Scenario,
};

/// A disturbance that waits for more changes than there are happens so long after the last.
const NO_MORE_CHANGES: Duration = Duration::from_secs(4);
/// How many runs there are at the same time, beside as many scenarios.
const AT_ONCE: usize = 8;
/// How many there are, unless `SEEDS` says so.
const SEEDS: u64 = 240;

struct RandomRun<'a> {
    environment: &'a Environment,
    plan: &'a Plan,
}

impl RandomRun<'_> {
    async fn run(&self, store: Store, expected: &NormalizedObjects) -> Result<(), String> {
        let Self { environment, plan } = self;
        let mut supervised = FuturesUnordered::new();
        for faults in &plan.runners {
            supervised.push(self.supervise(environment.start(faults.clone(), None)));
        }
        let disturbed = async {
            let stores = self.disturbances(store).await?;
            environment.settled(stores.last().unwrap()).await?;
            Ok::<_, String>(stores)
        };
        let mut disturbed = std::pin::pin!(disturbed);
        let stores = loop {
            tokio::select! {
                stores = &mut disturbed => break stores?,
                Some(successor) = supervised.next() => supervised.push(self.supervise(successor)),
            }
        };
        drop(supervised);
        self.drain_all().await?;
        let (last, gone) = stores.split_last().unwrap();
        let runner = environment.start(Vec::new(), None);
        environment.settled(last).await?;
        runner.drain();
        for store in gone {
            let events = environment.fixture.table.events(&store.id, store.uid).await.unwrap();
            timeline::check(&events, Status::Deleted)?;
            environment.shared.invariants.check_store(store, &events)?;
        }
        self.check(last, expected).await?;
        self.retried(last, expected).await
    }

    /// A store that wore out too many runners comes to its end when a person has it tried again.
    async fn retried(&self, store: &Store, expected: &NormalizedObjects) -> Result<(), String> {
        let Self { environment, .. } = self;
        if environment.read(store).await.state.status() != Status::Failed {
            return Ok(());
        }
        environment.request_retry(store).await;
        let runner = environment.start(Vec::new(), None);
        let ended = environment.at_rest(store).await?.state;
        environment.settled(store).await?;
        runner.drain();
        environment.check_at_rest(store).await?;
        match ended {
            State::Ready(_) => {
                difference(expected, &environment.snapshot(store).await.normalized()).map_or(Ok(()), Err)
            }
            State::Deleted(_) if self.is_deleted() => Ok(()),
            State::Provisioning(_) | State::Failed(_) | State::Deleting(_) | State::Deleted(_) => {
                Err(format!("it was tried again, and is {ended:?}"))
            }
        }
    }

    /// Whether somebody deletes the store for good.
    fn is_deleted(&self) -> bool {
        self.plan.disturbances.iter().any(|planned| matches!(planned.disturbance, Disturbance::Delete))
    }

    /// The store, and its first job as the plan has it.
    async fn begin(&self) -> Store {
        let Self { environment, plan } = self;
        match plan.first_job {
            FirstJob::Sent => environment.set_up(Scenario::Provisioning).await,
            FirstJob::Lost => environment.set_up(Scenario::LostJob).await,
            FirstJob::Twice => {
                let store = environment.set_up(Scenario::Provisioning).await;
                environment.send(&store).await;
                store
            }
            FirstJob::Late(delay) => {
                let store = environment.set_up(Scenario::LostJob).await;
                environment.send_late(&Job::of(&store).unwrap(), delay).await;
                store
            }
        }
    }

    /// Thaws a runner that is frozen after the time that the plan has for it, and starts another one in
    /// the place of one that is gone, which is returned.
    async fn supervise(&self, thread: Arc<RunnerThread>) -> Arc<RunnerThread> {
        loop {
            match thread.interrupted().await {
                Condition::Running => {}
                Condition::Frozen => {
                    sleep(self.plan.frozen_for).await;
                    thread.injector.thaw();
                }
                Condition::Killed => {
                    sleep(self.plan.gone_for).await;
                    return self.environment.start(Vec::new(), None);
                }
            }
        }
    }

    /// Does what the plan has beside the faults. Returns the stores that there were, the living one
    /// last.
    async fn disturbances(&self, store: Store) -> Result<Vec<Store>, String> {
        let Self { environment, plan } = self;
        let mut stores = vec![store];
        let mut changes = environment.records.changes();
        for planned in &plan.disturbances {
            while *changes.borrow_and_update() < planned.after
                && timeout(NO_MORE_CHANGES, changes.changed()).await.is_ok()
            {}
            let store = stores.last().unwrap();
            match planned.disturbance {
                Disturbance::Delete => environment.request_deletion(store).await,
                Disturbance::DeleteAndCreate => {
                    self.delete(store).await?;
                    let again = environment.create_again(store).await;
                    stores.push(again);
                }
                Disturbance::Duplicate(delay) => {
                    if let Some(job) = Job::of(&environment.read(store).await) {
                        environment.send_late(&job, delay).await;
                    }
                }
                Disturbance::Stale(delay) => {
                    environment.send_late(&Job::of(&stores[0]).unwrap(), delay).await;
                }
                Disturbance::Cut { runner, peer, time } => {
                    let thread = Arc::clone(&environment.threads()[runner]);
                    thread.injector.cut(peer, true);
                    sleep(time).await;
                    thread.injector.cut(peer, false);
                }
            }
        }
        Ok(stores)
    }

    /// Deletes `store`, and waits for that. A person whose deletion wore out too many runners asks for it again.
    async fn delete(&self, store: &Store) -> Result<(), String> {
        let Self { environment, .. } = self;
        let mut takes = *environment.records.takes().borrow();
        loop {
            environment.request_deletion(store).await;
            let ended = environment.at_rest(store).await?.state;
            let now = *environment.records.takes().borrow();
            match &ended {
                State::Deleted(_) => return Ok(()),
                State::Failed(failed)
                    if failed.failure.code == FailureCode::AttemptsExhausted
                        && now >= takes + MAX_ATTEMPTS =>
                {
                    takes = now;
                }
                State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Failed(_) => {
                    return Err(format!("it could not be deleted: {ended:?} after {} takes", now - takes));
                }
            }
        }
    }

    /// Nothing goes wrong any more, and whoever lives ends what it has: one that was frozen to the end
    /// thaws now, and must not spoil it.
    async fn drain_all(&self) -> Result<(), String> {
        for thread in self.environment.threads() {
            thread.drain();
            thread.injector.heal();
            let thaws = async {
                while thread.interrupted().await == Condition::Frozen {
                    thread.injector.thaw();
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                ended = thread.ended() => ended?,
                () = thaws => {}
            }
        }
        Ok(())
    }

    async fn check(&self, store: &Store, expected: &NormalizedObjects) -> Result<(), String> {
        let Self { environment, .. } = self;
        environment.check_at_rest(store).await?;
        let now = environment.read(store).await;
        let takes = *environment.records.takes().borrow();
        let snapshot = environment.snapshot(store).await;
        match &now.state {
            State::Ready(_) if !self.is_deleted() => {
                difference(expected, &snapshot.normalized()).map_or(Ok(()), Err)
            }
            State::Deleted(_) if self.is_deleted() && !snapshot.has_namespace() => Ok(()),
            State::Failed(failed)
                if failed.failure.code == FailureCode::AttemptsExhausted
                    && takes > MAX_ATTEMPTS
                    // What runners that are gone have asked for may still be carried out.
                    && !(failed.failure.cleanup == Cleanup::Done && snapshot.has_namespace()) =>
            {
                Ok(())
            }
            state @ (State::Provisioning(_)
            | State::Ready(_)
            | State::Failed(_)
            | State::Deleting(_)
            | State::Deleted(_)) => Err(format!(
                "it is {state:?} after {} takes, and its namespace is {}",
                takes,
                if snapshot.has_namespace() { "there" } else { "gone" }
            )),
        }
    }
}

/// Makes the run of `seed`, and says what is wrong with its end.
async fn run(shared: &SharedParts, seed: u64, expected: &NormalizedObjects) -> Result<(), String> {
    let plan = Plan::of(seed);
    let environment = Environment::new(shared).await;
    let random_run = RandomRun { environment: &environment, plan: &plan };
    let store = random_run.begin().await;
    let ended = Box::pin(random_run.run(store.clone(), expected)).await;
    environment.end(&store).await;
    ended.map_err(|problem| format!("{problem}\n    {plan:?}"))
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// Which runs are made: `SEED=7` one alone, `SEEDS=1000` so many, from `FIRST_SEED` on.
fn seeds() -> std::ops::Range<u64> {
    if let Some(seed) = number("SEED") {
        return seed..seed + 1;
    }
    let first = number("FIRST_SEED").unwrap_or(1);
    first..first + number("SEEDS").unwrap_or(SEEDS)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn random_runs_end_with_a_store_that_is_ready_or_gone() {
    let _with_others = parts::shared().await;
    let shared = SharedParts::new().await;
    let expected = baseline(&shared, Scenario::Provisioning).await.objects.unwrap();
    let seeds = seeds();
    let progress = Progress::of(seeds.clone().count(), "seeds");
    progress.say(&format!("seeds {} to {}", seeds.start, seeds.end - 1));
    let runs_of_all = seeds.map(|seed| {
        let (shared, expected, progress) = (&shared, &expected, &progress);
        async move {
            let ended = run(shared, seed, expected).await;
            if let Err(problem) = &ended {
                progress.say(&format!("SEED={seed}: {problem}"));
            }
            progress.ended();
            ended.is_err().then_some(seed)
        }
    });
    let failed: Vec<_> =
        stream::iter(runs_of_all).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
}
