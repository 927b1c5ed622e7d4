//! The runner's process, killed in the middle.

use domain::{
    provisioning::{event::EventKind, step::Step},
    queue::job::Job,
    store::{state::State, status::Status},
};
use nix::sys::signal::Signal;

use crate::support::{harness::Harness, process::Process};

/// A runner whose store waits only a moment for the next one.
fn start(harness: &Harness) -> Process {
    Process::start(harness, &["--lease-seconds", "2", "--sweep-interval-seconds", "1"])
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_runner_was_killed_is_ended_by_the_next_one_with_the_same_secrets() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();

    let first = start(&harness);
    let past_secrets =
        |state: &State| matches!(state, State::Provisioning(p) if p.step >= Some(Step::DeployMysql));
    harness.until(&store, |store| past_secrets(&store.state)).await;
    first.signal(Signal::SIGKILL);
    first.ended().await;
    let left = harness.read(&store).await;
    assert_eq!(left.state.status(), Status::Provisioning);
    let secrets = |objects: Vec<kube::api::DynamicObject>| {
        objects
            .into_iter()
            .filter(|object| object.types.as_ref().unwrap().kind == "Secret")
            .collect::<Vec<_>>()
    };
    let before = secrets(harness.objects(&store).await);
    assert_eq!(before.len(), 2);

    let second = start(&harness);
    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    assert_eq!(secrets(harness.objects(&store).await), before);
    let events = harness.events(&store).await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let resumed = events.iter().find(|event| event.kind == EventKind::Resumed);
    let resumed = resumed.unwrap_or_else(|| panic!("{kinds:?}"));
    let after = resumed.at.as_milliseconds() - left.lease.until;
    println!("the store was taken up again {after} ms after the lease of the runner that was killed");
    assert!(after >= 0, "no lease is taken before it ends");
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::StoreReady).count(), 1);

    second.signal(Signal::SIGTERM);
    let (_, ended_well) = second.ended().await;
    assert!(ended_well);
    harness.delete(&store).await;
}
