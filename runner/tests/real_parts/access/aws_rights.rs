//! The runner's rights on the table and the queue. All of these tests run under them.

use std::time::Duration;

use domain::{
    operation::{
        Answer,
        credentials::{Credentials, PrivateKey},
    },
    queue::{hint::HintQueues, job::Job},
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use runner::worker::{self, shutdown::Shutdown};
use testkit::fixture::{self, Fixture};

use crate::{operations::inquiries::reveal, support::harness::Harness};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_policy_gives_a_runner_what_it_uses_and_nothing_more() {
    // Its lease is so short that it has to be extended while one store is made.
    let flags = ["--lease-seconds", "2", "--sweep-interval-seconds", "1", "--health-interval-seconds", "1"];
    let fixture = Fixture::new().await;
    let HintQueues { notices, .. } = fixture.hint_queues().await;
    // Whoever listens gets a notice, and gets it at once.
    fixture.listen("ada", "https://example.com/").await;
    let harness = Harness::with_notices(fixture, Some(&notices), &flags).await;
    // Nobody sends its job: the sweep does.
    let overdue = Store { due: Some(Timestamp::now()), ..fixture::new_store("ada") };
    let store = harness.fixture.create(&overdue).await;
    let shutdown = Shutdown::default();
    let running = tokio::spawn(worker::run(harness.runner.clone(), shutdown.clone()));
    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    // What was answered long ago is to be forgotten at once, which the sweep does too.
    let (table, past) = (&harness.fixture.table, Timestamp::epoch());
    let recipient = PrivateKey::generate().unwrap();
    let key = harness.fixture.request_read_only(&store, reveal(&recipient)).await;
    let credentials = Credentials { user: "admin".into(), password: "secret".into(), next_password: None };
    let recorded = Answer::Credentials(credentials.seal(recipient.public_key(), &key).unwrap());
    let taken = table.claim_operation(&key, "earlier", past, Duration::ZERO).await.unwrap();
    table.end_operation(&taken.claim, taken.operation, Ok(recorded), past).await.unwrap();
    harness.eventually(async || table.answer(&key, past).await.unwrap().is_none()).await;
    let watched = async || harness.fixture.table.health(&store.id, store.uid).await.unwrap().is_some();
    harness.eventually(watched).await;
    let hinted = async || !notices.receive(1, Duration::ZERO, Duration::ZERO).await.unwrap().is_empty();
    harness.eventually(hinted).await;
    let deleting = harness.request_deletion(&store).await;
    harness.fixture.queue.send(&Job::of(&deleting).unwrap(), None).await.unwrap();
    harness.until(&store, |store| store.state.status() == Status::Deleted).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    assert_eq!(harness.rights.unused(), []);
}
