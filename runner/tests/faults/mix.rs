//! Random mixes: two or three runners, many faults, and a person's commands in the middle of it. One
//! number, the seed, decides all of that; what the machine's scheduler makes of it is its own.

use std::{env, sync::Arc, time::Duration};

use domain::{
    provisioning::failure::{Cleanup, FailureCode},
    queue::job::Job,
    store::{
        Store,
        status::{State, Status},
    },
};
use futures_util::{
    StreamExt as _,
    stream::{self, FuturesUnordered},
};
use tokio::time::{sleep, timeout};

use crate::{
    PARTS,
    every_call::clean,
    host::{Host, MAX_ATTEMPTS},
    plan::{Beginning, Deed, Plan},
    portrait::difference,
    progress::Progress,
    story::{Form, Story},
    timeline,
    wire::Condition,
    world::{Stage, World},
};

/// A deed that waits for more changes than there are is done so long after the last.
const NO_MORE_CHANGES: Duration = Duration::from_secs(4);
/// How many mixes there are at the same time.
const AT_ONCE: usize = 10;
/// How many there are, unless `SEEDS` says so.
const SEEDS: u64 = 240;

struct Mix<'a> {
    world: &'a World,
    plan: &'a Plan,
}

impl Mix<'_> {
    async fn play(&self, store: Store, form: &Form) -> Result<(), String> {
        let Self { world, plan } = self;
        let mut tended = FuturesUnordered::new();
        for faults in &plan.runners {
            tended.push(self.tend(world.start(faults.clone(), None)));
        }
        let told = async {
            let stores = self.interludes(store).await?;
            world.settled(stores.last().unwrap()).await?;
            Ok::<_, String>(stores)
        };
        let mut told = std::pin::pin!(told);
        let stores = loop {
            tokio::select! {
                stores = &mut told => break stores?,
                Some(successor) = tended.next() => tended.push(self.tend(successor)),
            }
        };
        drop(tended);
        self.everybody_ends().await?;
        let (last, gone) = stores.split_last().unwrap();
        let runner = world.start(Vec::new(), None);
        world.settled(last).await?;
        runner.drain();
        for store in gone {
            let events = world.fixture.table.events(&store.id, store.uid).await.unwrap();
            timeline::check(&events, Status::Deleted)?;
            world.stage.witness.against(store, &events)?;
        }
        self.check(last, form).await?;
        self.retried(last, form).await
    }

    /// A store that wore out too many runners comes to its end when a person has it tried again.
    async fn retried(&self, store: &Store, form: &Form) -> Result<(), String> {
        let Self { world, .. } = self;
        if world.read(store).await.state.status() != Status::Failed {
            return Ok(());
        }
        world.request_retry(store).await;
        let runner = world.start(Vec::new(), None);
        let ended = world.at_rest(store).await?.state;
        world.settled(store).await?;
        runner.drain();
        world.check_at_rest(store).await?;
        match ended {
            State::Ready(_) => difference(form, &world.portrait(store).await.form()).map_or(Ok(()), Err),
            State::Deleted(_) if self.is_deleted() => Ok(()),
            State::Provisioning(_) | State::Failed(_) | State::Deleting(_) | State::Deleted(_) => {
                Err(format!("it was tried again, and is {ended:?}"))
            }
        }
    }

    /// Whether somebody deletes the store for good.
    fn is_deleted(&self) -> bool {
        self.plan.interludes.iter().any(|interlude| matches!(interlude.deed, Deed::Delete))
    }

    /// The store, and its first job as the plan has it.
    async fn begin(&self) -> Store {
        let Self { world, plan } = self;
        match plan.beginning {
            Beginning::Sent => world.prologue(Story::Provisioning).await,
            Beginning::Lost => world.prologue(Story::LostJob).await,
            Beginning::Twice => {
                let store = world.prologue(Story::Provisioning).await;
                world.send(&store).await;
                store
            }
            Beginning::Late(delay) => {
                let store = world.prologue(Story::LostJob).await;
                world.send_late(&Job::of(&store).unwrap(), delay).await;
                store
            }
        }
    }

    /// Thaws a runner that is frozen after the time that the plan has for it, and starts another one in
    /// the place of one that is gone, which is returned.
    async fn tend(&self, host: Arc<Host>) -> Arc<Host> {
        loop {
            match host.interrupted().await {
                Condition::Running => {}
                Condition::Frozen => {
                    sleep(self.plan.frozen_for).await;
                    host.wire.thaw();
                }
                Condition::Killed => {
                    sleep(self.plan.gone_for).await;
                    return self.world.start(Vec::new(), None);
                }
            }
        }
    }

    /// Does what the plan has beside the faults. Returns the stores that there were, the living one
    /// last.
    async fn interludes(&self, store: Store) -> Result<Vec<Store>, String> {
        let Self { world, plan } = self;
        let mut stores = vec![store];
        let mut changes = world.ledger.changes();
        for interlude in &plan.interludes {
            while *changes.borrow_and_update() < interlude.after
                && timeout(NO_MORE_CHANGES, changes.changed()).await.is_ok()
            {}
            let store = stores.last().unwrap();
            match interlude.deed {
                Deed::Delete => world.request_deletion(store).await,
                Deed::DeleteAndCreate => {
                    world.request_deletion(store).await;
                    let gone = world.at_rest(store).await?;
                    if gone.state.status() != Status::Deleted {
                        return Err(format!("it could not be deleted: {:?}", gone.state));
                    }
                    let again = world.create_again(store).await;
                    stores.push(again);
                }
                Deed::Duplicate(delay) => {
                    if let Some(job) = Job::of(&world.read(store).await) {
                        world.send_late(&job, delay).await;
                    }
                }
                Deed::Stale(delay) => {
                    world.send_late(&Job::of(&stores[0]).unwrap(), delay).await;
                }
                Deed::Cut { runner, peer, time } => {
                    let host = Arc::clone(&world.hosts()[runner]);
                    host.wire.cut(peer, true);
                    sleep(time).await;
                    host.wire.cut(peer, false);
                }
            }
        }
        Ok(stores)
    }

    /// Nothing goes wrong any more, and whoever lives ends what it has: one that was frozen to the end
    /// thaws now, and must not spoil it.
    async fn everybody_ends(&self) -> Result<(), String> {
        for host in self.world.hosts() {
            host.drain();
            host.wire.heal();
            let thaws = async {
                while host.interrupted().await == Condition::Frozen {
                    host.wire.thaw();
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                ended = host.ended() => ended?,
                () = thaws => {}
            }
        }
        Ok(())
    }

    async fn check(&self, store: &Store, form: &Form) -> Result<(), String> {
        let Self { world, .. } = self;
        world.check_at_rest(store).await?;
        let now = world.read(store).await;
        let takes = *world.ledger.takes().borrow();
        let portrait = world.portrait(store).await;
        match &now.state {
            State::Ready(_) if !self.is_deleted() => difference(form, &portrait.form()).map_or(Ok(()), Err),
            State::Deleted(_) if self.is_deleted() && !portrait.has_namespace() => Ok(()),
            State::Failed(failed)
                if failed.failure.code == FailureCode::AttemptsExhausted
                    && takes > MAX_ATTEMPTS
                    && (failed.failure.cleanup == Cleanup::Done) != portrait.has_namespace() =>
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
                if portrait.has_namespace() { "there" } else { "gone" }
            )),
        }
    }
}

/// Plays the mix of `seed`, and says what is wrong with its end.
async fn play(stage: &Stage, seed: u64, form: &Form) -> Result<(), String> {
    let plan = Plan::of(seed);
    let world = World::new(stage).await;
    let mix = Mix { world: &world, plan: &plan };
    let store = mix.begin().await;
    let ended = Box::pin(mix.play(store.clone(), form)).await;
    world.end(&store).await;
    ended.map_err(|problem| format!("{problem}\n    {plan:?}"))
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// Which mixes are played: `SEED=7` one alone, `SEEDS=1000` so many, from `FIRST_SEED` on.
fn seeds() -> std::ops::Range<u64> {
    if let Some(seed) = number("SEED") {
        return seed..seed + 1;
    }
    let first = number("FIRST_SEED").unwrap_or(1);
    first..first + number("SEEDS").unwrap_or(SEEDS)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn random_mixes_end_with_a_store_that_is_ready_or_gone() {
    let _with_others = PARTS.read().await;
    let stage = Stage::new().await;
    let form = clean(&stage, Story::Provisioning).await.form.unwrap();
    let seeds = seeds();
    let progress = Progress::of(seeds.clone().count(), "seeds");
    progress.say(&format!("seeds {} to {}", seeds.start, seeds.end - 1));
    let plays = seeds.map(|seed| {
        let (stage, form, progress) = (&stage, &form, &progress);
        async move {
            let played = play(stage, seed, form).await;
            if let Err(problem) = &played {
                progress.say(&format!("SEED={seed}: {problem}"));
            }
            progress.ended();
            played.is_err().then_some(seed)
        }
    });
    let failed: Vec<_> =
        stream::iter(plays).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
    assert!(failed.is_empty(), "seeds that fail: {failed:?}");
}
