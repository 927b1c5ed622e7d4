//! The runner's process, killed in the middle.

use domain::{
    provisioning::{event::EventKind, step::Step},
    queue::job::Job,
    store::{state::State, status::Status},
};
use nix::sys::signal::Signal;

use crate::support::{process::Process, scene::Scene};

/// A runner whose store waits only a moment for the next one.
fn start(scene: &Scene) -> Process {
    Process::start(scene, &["--lease-seconds", "2", "--sweep-interval-seconds", "1"])
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_runner_was_killed_is_ended_by_the_next_one_with_the_same_secrets() {
    let scene = Scene::new().await;
    let store = scene.fixture.store().await;
    scene.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();

    let first = start(&scene);
    let past_secrets =
        |state: &State| matches!(state, State::Provisioning(p) if p.step >= Some(Step::DeployMysql));
    scene.until(&store, |store| past_secrets(&store.state)).await;
    first.signal(Signal::SIGKILL);
    first.ended().await;
    let left = scene.read(&store).await;
    assert_eq!(left.state.status(), Status::Provisioning);
    let secrets = |objects: Vec<kube::api::DynamicObject>| {
        objects
            .into_iter()
            .filter(|object| object.types.as_ref().unwrap().kind == "Secret")
            .collect::<Vec<_>>()
    };
    let before = secrets(scene.objects(&store).await);
    assert_eq!(before.len(), 2);

    let second = start(&scene);
    scene.until(&store, |store| store.state.status() == Status::Ready).await;
    assert_eq!(secrets(scene.objects(&store).await), before);
    let events = scene.events(&store).await;
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
    scene.delete(&store).await;
}
