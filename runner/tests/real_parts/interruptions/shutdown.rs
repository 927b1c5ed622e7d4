//! The end of the runner's process, by SIGTERM.

use std::time::Duration;

use domain::{
    provisioning::{event::EventKind, step::Step},
    queue::job::Job,
    store::{Store, state::State},
};
use nix::sys::signal::Signal;

use crate::support::{harness::Harness, process::Process};

fn is_at(step: Step) -> impl Fn(&Store) -> bool {
    move |store| matches!(&store.state, State::Provisioning(p) if p.step >= Some(step))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn work_that_ends_within_the_grace_is_ended_and_answered_for() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();
    let process = Process::start(&harness, &["--shutdown-grace-seconds", "60"]);
    harness.until(&store, is_at(Step::CreateNamespace)).await;
    process.signal(Signal::SIGTERM);
    let (_, ended_well) = process.ended().await;
    assert!(ended_well);
    harness.assert_ready(&store).await;
    assert_eq!(harness.fixture.messages().await, 0);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn work_that_takes_longer_is_handed_over_so_that_another_runner_goes_on_at_once() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();
    // With a lease that nobody would wait for.
    let flags = ["--shutdown-grace-seconds", "1", "--lease-seconds", "600"];
    let stuck = [&flags[..], &["--storage-class", "there-is-none"]].concat();
    let process = Process::start(&harness, &stuck);
    harness.until(&store, is_at(Step::WaitMysql)).await;
    process.signal(Signal::SIGTERM);
    let (_, ended_well) = process.ended().await;
    assert!(ended_well, "giving work back is a good end");

    let left = harness.read(&store).await;
    assert_eq!((left.lease.until, left.attempts), (0, 0), "the lease is free, and no attempt was used up");
    let mut visible = harness.fixture.queue.receive(1, Duration::from_secs(5), Duration::ZERO).await.unwrap();
    let delivery = visible.pop().expect("the message is not hidden");
    delivery.nack(Duration::ZERO).await.unwrap();

    let next = Process::start(&harness, &["--provision-deadline-seconds", "2"]);
    let failed = harness.until(&store, |store| store.task().is_none()).await;
    next.signal(Signal::SIGTERM);
    assert!(next.ended().await.1);
    let kinds: Vec<_> = harness.events(&store).await.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&EventKind::StepFailed), "{:?} {kinds:?}", failed.state);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_that_is_to_end_while_it_polls_leaves_nothing_hidden() {
    let harness = Harness::new().await;
    let mut process = Process::start(&harness, &[]);
    process.address().await;
    // The poll is under way when the message comes, or soon after.
    process.signal(Signal::SIGTERM);
    let store = harness.fixture.store().await;
    harness.fixture.queue.send(&Job::of(&store).unwrap(), None).await.unwrap();
    assert!(process.ended().await.1);
    let visible =
        harness.fixture.queue.receive(1, Duration::from_secs(5), Duration::from_secs(60)).await.unwrap();
    assert_eq!(visible.len(), 1, "whoever is next receives it at once");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_queue_that_is_silent_does_not_keep_a_runner_from_ending() {
    let harness = Harness::new().await;
    // Whoever connects waits for ever.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let flags = ["--shutdown-grace-seconds", "1"];
    let mut process = Process::start_with(&harness, &flags, &[("AWS_ENDPOINT_URL_SQS", &endpoint)]);
    process.address().await;
    silent.accept().await.unwrap();
    process.signal(Signal::SIGTERM);
    // The grace, and what giving back may take, with room for a machine under load; the SDK itself would
    // wait for more than a minute.
    let ended = tokio::time::timeout(Duration::from_secs(20), process.ended()).await;
    assert!(ended.expect("it ends in time").1);
}
