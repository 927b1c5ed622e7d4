//! What is answered of stores to whoever asks.

use std::{sync::Arc, time::Duration};

use domain::{
    operation::ReadOnlyKind,
    operation::{
        Answer, ExclusiveRequest, OperationKey, OperationStatus, Outcome, ReadOnlyRequest,
        credentials::{Credentials, PrivateKey},
    },
    provisioning::failure::FailureCode,
    queue::job::Job,
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use kube::{
    Config,
    api::{DeleteParams, Patch, PatchParams},
};
use runner::{
    reconcile::JobOutcome as Driven,
    worker,
    worker::{run_job, shutdown::Shutdown},
};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    operations::passwords::{HOLDS, NAME, NEXT, secret, secrets},
    support::{
        harness::Harness,
        ready_store::{failure, operate, ready},
    },
};

const REVEAL: ReadOnlyKind = ReadOnlyKind::RevealCredentials;

pub(crate) fn reveal(recipient: &PrivateKey) -> ReadOnlyRequest {
    ReadOnlyRequest::RevealCredentials { public_key: recipient.public_key() }
}

/// What was answered to `recipient`.
async fn recorded(harness: &Harness, key: &OperationKey, recipient: &PrivateKey) -> Credentials {
    let answer = harness.fixture.table.answer(key, Timestamp::now()).await.unwrap();
    let Some(Answer::Credentials(sealed)) = answer else { panic!("nothing was answered") };
    recipient.open(key, &sealed).unwrap()
}

/// Asks for the credentials of `store`, and has them revealed.
async fn revealed(harness: &Harness, store: &Store) -> Credentials {
    let recipient = PrivateKey::generate().unwrap();
    let key = harness.fixture.request_read_only(store, reveal(&recipient)).await;
    let operation = harness.inquire(&key, REVEAL).await;
    assert_eq!(operation.status(), OperationStatus::Succeeded, "{operation:?}");
    recorded(harness, &key, &recipient).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_administrators_credentials_are_those_in_the_secret() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    for _ in 0..2 {
        let credentials = revealed(&harness, &store).await;
        let holds = secret(&harness, &store).await.remove(HOLDS).unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.expose_secret()), ("admin", &*holds));
        assert!(credentials.next_password.is_none());
        operate(&harness, &store, ExclusiveRequest::ResetPassword).await;
    }
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn where_a_reset_was_left_half_way_both_passwords_are_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let note = Patch::Merge(json!({ "stringData": { NEXT: "written-down" } }));
    secrets(&harness, &store).patch(NAME, &PatchParams::default(), &note).await.unwrap();
    let next = revealed(&harness, &store).await.next_password.unwrap();
    assert_eq!(next.expose_secret(), "written-down");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_secret_that_is_gone_or_has_no_password_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let recipient = PrivateKey::generate().unwrap();
    let refused = async || {
        let key = harness.fixture.request_read_only(&store, reveal(&recipient)).await;
        let operation = harness.inquire(&key, REVEAL).await;
        assert_eq!(harness.fixture.table.answer(&key, Timestamp::now()).await.unwrap(), None);
        let (code, message) = failure(&operation);
        assert_eq!(code, FailureCode::ObjectDeleted, "{message}");
        message.to_owned()
    };
    let without = Patch::Merge(json!({ "data": { HOLDS: null } }));
    secrets(&harness, &store).patch(NAME, &PatchParams::default(), &without).await.unwrap();
    let message = refused().await;
    assert!(
        message.starts_with("Key admin-password of Secret wordpress-credentials is not there"),
        "{message}"
    );
    secrets(&harness, &store).delete(NAME, &DeleteParams::default()).await.unwrap();
    let message = refused().await;
    assert!(message.starts_with("Secret wordpress-credentials is not there"), "{message}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_api_server_that_does_not_answer_fails_the_inquiry_in_its_time() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let mut lost = Harness::over(harness.fixture.clone(), &["--inquiry-deadline-seconds", "1"]).await;
    let nowhere = Config::new("http://127.0.0.1:1".parse().unwrap());
    Arc::get_mut(&mut lost.runner).unwrap().client = nowhere.try_into().unwrap();
    let key = harness.fixture.request_read_only(&store, reveal(&PrivateKey::generate().unwrap())).await;
    let operation = lost.inquire(&key, REVEAL).await;
    let (code, message) = failure(&operation);
    assert_eq!(code, FailureCode::ClusterUnreachable, "{message}");
    assert!(message.contains("within 1 s"), "{message}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_a_store_whose_deletion_was_asked_for_nothing_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let key = harness.fixture.request_read_only(&store, reveal(&PrivateKey::generate().unwrap())).await;
    let deleting = harness.request_deletion(&store).await;
    assert_eq!(harness.inquire(&key, REVEAL).await.end.unwrap().outcome, Outcome::cut_off());
    harness.drive(&deleting).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_dead_runners_left_is_taken_up_again_and_given_up_in_the_end() {
    let harness = Harness::with(&["--max-attempts", "2", "--sweep-interval-seconds", "1"]).await;
    let store = ready(&harness).await;
    let recipient = PrivateKey::generate().unwrap();
    let (table, shutdown) = (&harness.fixture.table, Shutdown::default());
    let left = harness.fixture.request_read_only(&store, reveal(&recipient)).await;
    table.claim_operation(&left, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    let hopeless = harness.fixture.request_read_only(&store, reveal(&recipient)).await;
    for _ in 0..2 {
        table.claim_operation(&hopeless, "dead", Timestamp::now(), Duration::ZERO).await.unwrap();
    }
    // Nobody sends their jobs: the sweep does.
    let running = tokio::spawn(worker::run(harness.runner.clone(), shutdown.clone()));
    for key in [&left, &hopeless] {
        harness.eventually(async || harness.operation(key).await.end.is_some()).await;
    }
    shutdown.drain.cancel();
    running.await.unwrap();
    assert_eq!(recorded(&harness, &left, &recipient).await.user, "admin");
    assert_eq!(failure(&harness.operation(&hopeless).await).0, FailureCode::AttemptsExhausted);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_inquiry_that_another_runner_holds_is_for_later_and_one_that_has_ended_is_done() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let recipient = PrivateKey::generate().unwrap();
    let key = harness.fixture.request_read_only(&store, reveal(&recipient)).await;
    let job = Job::ReadOnly { operation: key.clone(), kind: REVEAL };
    let now = Timestamp::now();
    let time = Duration::from_secs(60);
    let taken = harness.fixture.table.claim_operation(&key, "other", now, time).await.unwrap();
    let delivery = harness.delivery_of(&job).await;
    let shutdown = Shutdown::default();
    let later = run_job(&harness.runner, &job, &delivery, &shutdown).await.unwrap();
    assert!(matches!(later, Driven::Later(wait) if wait > Duration::from_secs(30)), "{later:?}");
    harness.fixture.table.release_operation(&taken.claim, now).await.unwrap();
    for _ in 0..2 {
        assert_eq!(run_job(&harness.runner, &job, &delivery, &shutdown).await.unwrap(), Driven::Done);
    }
    assert_eq!(recorded(&harness, &key, &recipient).await.user, "admin");
    delivery.acknowledge().await.unwrap();
    harness.delete(&store).await;
}
