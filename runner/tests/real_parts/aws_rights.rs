//! The runner's rights on the table and the queue. All of these tests run under them.

use domain::{fixture, job::Job, status::Status, store::Store, timestamp::Timestamp};
use runner::{shutdown::Shutdown, worker};

use crate::scene::Scene;

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_policy_gives_a_runner_what_it_uses_and_nothing_more() {
    // Its lease is so short that it has to be extended while one store is made.
    let scene = Scene::with(&["--lease-seconds", "2", "--sweep-interval-seconds", "1"]).await;
    // Nobody sends its job: the sweep does.
    let overdue = Store { due: Some(Timestamp::now()), ..fixture::new_store("ada") };
    let store = scene.fixture.create(&overdue).await;
    let shutdown = Shutdown::default();
    let running = tokio::spawn(worker::work(scene.runner.clone(), shutdown.clone()));
    scene.until(&store, |store| store.state.status() == Status::Ready).await;
    let deleting = scene.request_deletion(&store).await;
    scene.fixture.queue.send(&Job::of(&deleting).unwrap(), None).await.unwrap();
    scene.until(&store, |store| store.state.status() == Status::Deleted).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    assert_eq!(scene.rights.unused(), []);
}
