//! Many stores at once, with two runners that are killed again and again.
//!
//! `STORES` and `SEED` choose how many, and when the kills come: `make kills STORES=30 SEED=7`.

use std::{collections::BTreeMap, env, time::Duration};

use domain::{
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    queue::job::Job,
    store::{Store, status::Status},
    table::Filter,
};
use futures_util::future::join_all;
use kube::ResourceExt as _;
use nix::sys::signal::Signal;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use runner::resources::STORE_UID;
use testkit::wait;
use tokio::time::Instant;

use crate::support::{harness::Harness, process::Process};

/// How many stores, unless `STORES` says so.
const STORES: usize = 30;
/// Between two kills, in milliseconds.
const BETWEEN_KILLS: std::ops::Range<u64> = 1500..4000;
/// After this long, what is not at rest is taken to be stuck.
const PATIENCE: Duration = Duration::from_secs(600);

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = env::var(variable).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// A runner as an installation has it, but that its stores wait only a moment for the next one.
fn start(harness: &Harness) -> Process {
    let limits = ["--slots", "3", "--lease-seconds", "3", "--sweep-interval-seconds", "2"];
    // A store is taken up by every runner that is killed with it.
    Process::start(
        harness,
        &[&limits[..], &["--max-attempts", "1000", "--look-after-seconds", "60"]].concat(),
    )
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn stores_whose_runners_are_killed_again_and_again_are_all_ready_in_the_end() {
    let stores = number("STORES").unwrap_or(STORES);
    let seed = number("SEED").unwrap_or_else(rand::random);
    println!("{stores} stores, SEED={seed}");
    let harness = Harness::new().await;
    let begin = Instant::now();
    let stores = join_all((0..stores).map(|_| harness.fixture.store())).await;
    for store in &stores {
        harness.fixture.queue.send(&Job::of(store).unwrap(), None).await.unwrap();
    }

    let mut random = StdRng::seed_from_u64(seed);
    let mut runners = [start(&harness), start(&harness)];
    let mut kills = 0;
    let mut next = Instant::now() + Duration::from_millis(random.random_range(BETWEEN_KILLS));
    let mut ticks = tokio::time::interval(Duration::from_millis(200));
    loop {
        ticks.tick().await;
        let open = open(&harness).await;
        if open == 0 {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{open} stores do not come to rest (SEED={seed})");
        if Instant::now() >= next {
            let victim = &mut runners[random.random_range(0..2)];
            victim.signal(Signal::SIGKILL);
            std::mem::replace(victim, start(&harness)).ended().await;
            kills += 1;
            next = Instant::now() + Duration::from_millis(random.random_range(BETWEEN_KILLS));
        }
    }
    let time = begin.elapsed();
    // A message whose runner was killed comes back, and is found to be for a store at rest.
    let is_empty = async || harness.fixture.messages().await == 0;
    wait::until_within(PATIENCE, "every message is answered for", is_empty).await;
    for runner in runners {
        runner.signal(Signal::SIGTERM);
        assert!(runner.ended().await.1);
    }

    let mut interruptions = 0;
    for store in &stores {
        interruptions += check(&harness, store).await;
    }
    assert_eq!(harness.fixture.table.platform_count().await.unwrap(), stores.len() as u64);
    println!(
        "all Ready after {:.1} s, {kills} kills, {interruptions} interruptions recorded (SEED={seed})",
        time.as_secs_f64()
    );
    harness.delete_all(&stores).await;
}

/// How many stores are still worked on.
async fn open(harness: &Harness) -> usize {
    let page = harness.fixture.table.stores(&Filter::default(), 100, None).await.unwrap();
    page.items.iter().filter(|store| store.task().is_some()).count()
}

/// Checks one store, and returns how often its timeline says that it was taken up again.
async fn check(harness: &Harness, store: &Store) -> usize {
    let now = harness.read(store).await;
    assert_eq!(now.state.status(), Status::Ready, "{:?}", now.state);
    let namespace = harness.namespace(store).await.expect("it has its namespace");
    assert_eq!(namespace.labels()[STORE_UID], store.uid.to_string());
    let mut kinds = BTreeMap::<String, usize>::new();
    for object in harness.objects(store).await {
        assert_eq!(object.labels()[STORE_UID], store.uid.to_string());
        *kinds.entry(object.types.unwrap().kind).or_default() += 1;
    }
    for (kind, count) in [("Secret", 2), ("Deployment", 2), ("Job", 1), ("Ingress", 1)] {
        assert_eq!(kinds.get(kind), Some(&count), "{kind} of {}", store.id);
    }
    let events = harness.events(store).await;
    explains(&events)
        .unwrap_or_else(|problem| panic!("{problem} in the timeline of {}: {events:#?}", store.id));
    events.iter().filter(|event| event.kind == EventKind::Resumed).count()
}

/// Whether the timeline explains the store: each attempt is a beginning of the sequence, one that did
/// not end is followed by its being taken up again, and the end is recorded once, last.
fn explains(events: &[Event]) -> Result<(), String> {
    let mut started: Vec<Step> = Vec::new();
    for (position, event) in events.iter().enumerate() {
        match event.kind {
            EventKind::StepStarted => {
                started.extend(event.step);
                if !Step::PROVISIONING.starts_with(&started) {
                    return Err(format!("the steps {started:?}"));
                }
            }
            EventKind::StepCompleted if event.step != started.last().copied() => {
                return Err(format!("{:?} ends before it begins", event.step));
            }
            EventKind::StepCompleted | EventKind::StepRetrying => {}
            EventKind::Resumed => started.clear(),
            EventKind::StoreReady if position + 1 == events.len() && started == Step::PROVISIONING => {
                return Ok(());
            }
            EventKind::StoreReady
            | EventKind::ClusterWarning
            | EventKind::StepFailed
            | EventKind::RetryRequested
            | EventKind::OperationRequested
            | EventKind::OperationStarted
            | EventKind::OperationRetrying
            | EventKind::OperationWaiting
            | EventKind::OperationUnguarded
            | EventKind::OperationSucceeded
            | EventKind::OperationFailed
            | EventKind::HealthChanged
            | EventKind::CertificatePending
            | EventKind::VolumeRetained
            | EventKind::StoreDeleted => {
                return Err(format!("{} at {position}", event.kind));
            }
        }
    }
    Err("no end".into())
}
