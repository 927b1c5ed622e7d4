//! The runner's process, killed in the middle.

use std::process::Stdio;

use domain::{
    event::EventKind,
    job::Job,
    status::{State, Status},
    step::Step,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::{Child, Command};

use crate::scene::{Scene, kubeconfig};

/// A runner as a process of its own, over the scene's table and queue.
fn start(scene: &Scene) -> Child {
    Command::new(env!("CARGO_BIN_EXE_runner"))
        .arg("run")
        .args(["--table-name", scene.fixture.table.name(), "--queue-url", scene.fixture.queue.url()])
        .args(["--lease-seconds", "2", "--sweep-interval-seconds", "1"])
        .env("KUBECONFIG", kubeconfig("RUNNER_KUBECONFIG"))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id().unwrap()).unwrap();
    kill(Pid::from_raw(pid), signal).unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_runner_was_killed_is_ended_by_the_next_one_with_the_same_secrets() {
    let scene = Scene::new().await;
    let store = scene.fixture.store().await;
    scene.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();

    let mut first = start(&scene);
    let past_secrets =
        |state: &State| matches!(state, State::Provisioning(p) if p.step >= Some(Step::DeployMysql));
    scene.until(&store, |store| past_secrets(&store.state)).await;
    signal(&first, Signal::SIGKILL);
    first.wait().await.unwrap();
    assert_eq!(scene.state(&store).await.status(), Status::Provisioning);
    let secrets = |objects: Vec<kube::api::DynamicObject>| {
        objects
            .into_iter()
            .filter(|object| object.types.as_ref().unwrap().kind == "Secret")
            .collect::<Vec<_>>()
    };
    let before = secrets(scene.objects(&store).await);
    assert_eq!(before.len(), 2);

    let mut second = start(&scene);
    scene.until(&store, |store| store.state.status() == Status::Ready).await;
    assert_eq!(secrets(scene.objects(&store).await), before);
    let kinds: Vec<_> = scene.events(&store).await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::Resumed), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::StoreReady).count(), 1);

    signal(&second, Signal::SIGTERM);
    assert!(second.wait().await.unwrap().success());
    scene.delete(&store).await;
}
