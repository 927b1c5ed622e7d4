//! The runner's process, killed in the middle.

use domain::{
    event::EventKind,
    job::Job,
    status::{State, Status},
    step::Step,
};
use nix::sys::signal::Signal;

use crate::{process::Process, scene::Scene};

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
    assert_eq!(scene.state(&store).await.status(), Status::Provisioning);
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
    let kinds: Vec<_> = scene.events(&store).await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::Resumed), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::StoreReady).count(), 1);

    second.signal(Signal::SIGTERM);
    let (_, ended_well) = second.ended().await;
    assert!(ended_well);
    scene.delete(&store).await;
}
