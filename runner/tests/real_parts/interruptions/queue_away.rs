//! The queue is away for a while: for the API, and for the runner.

use std::{
    env,
    sync::{Mutex, mpsc},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use domain::{
    audit::Actor,
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::Token,
    },
    aws::Clients,
    queue::{Queue, job::PICKUP_GRACE},
    store::{slug::Slug, status::Status},
    table::Table,
    values::timestamp::Timestamp,
};
use functions::{
    app::{App, Webhooks},
    clock::Clock,
    config::Settings,
    metrics::Metrics,
    router,
    webhooks::key::KeyStore,
};
use nix::sys::signal::Signal;
use outbound::policy::Policy;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::fixture::Fixture;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::support::{harness::Harness, process::Process, relay::Relay};

/// Creates a store through the API, whose way to SQS is the relay, and returns its id.
async fn create(fixture: &Fixture, relay: &Relay) -> Slug {
    let dynamodb = env::var("AWS_ENDPOINT_URL_DYNAMODB").unwrap();
    let Clients { dynamodb, sqs } = Clients::local(&dynamodb, &relay.url());
    let queue = Queue::new(sqs, fixture.queue.url());
    // Somewhat behind, so that the store is soon overdue and nobody has to wait for that.
    let behind = i64::try_from((PICKUP_GRACE - Duration::from_secs(5)).as_millis()).unwrap();
    let (written, lines) = mpsc::channel();
    let written = Mutex::new(written);
    let hints = queue.clone();
    let app = App::new(
        Table::new(dynamodb, fixture.table.name()),
        move || queue,
        Webhooks::new(move || hints, KeyStore::given(String::new().into()), Policy::default()),
        Settings::default(),
        Clock::of(move || Timestamp::from_milliseconds(Timestamp::now().as_milliseconds() - behind).unwrap()),
        Metrics::new("commands", move |line| written.lock().unwrap().send(line.to_owned()).unwrap()),
    );
    let admin = Principal { name: PrincipalName::parse("admin").unwrap(), role: Role::Admin };
    let (token, secret) = Token::issue(admin.clone(), Timestamp::now(), None).unwrap();
    let operator = Actor { principal: admin, address: None, request_id: None };
    fixture.table.issue_token(token, operator).await.unwrap();
    let name = format!("Shop {}", Uuid::new_v4().simple());
    let request = Request::post("/v1/stores")
        .header("authorization", format!("Bearer {}", secret.expose_secret()))
        .header("content-type", "application/json")
        .body(Body::from(json!({ "name": name, "adminEmail": "owner@example.com" }).to_string()));
    let answer = router::commands(app).oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(lines.try_iter().any(|line: String| line.contains("JobsNotSent")), "the queue is away");
    let store: Value =
        serde_json::from_slice(&to_bytes(answer.into_body(), usize::MAX).await.unwrap()).unwrap();
    Slug::parse(store["id"].as_str().unwrap()).unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_was_asked_for_while_the_queue_was_away_becomes_ready_once_it_is_back() {
    let harness = Harness::new().await;
    let mut relay = Relay::to(&env::var("AWS_ENDPOINT_URL_SQS").unwrap()).await;
    let url = relay.url();
    let mut runner =
        Process::start_with(&harness, &["--sweep-interval-seconds", "2"], &[("AWS_ENDPOINT_URL_SQS", &url)]);
    runner.address().await;

    relay.close().await;
    let id = create(&harness.fixture, &relay).await;
    let store = harness.fixture.table.store(&id).await.unwrap().unwrap();
    assert_eq!(store.state.status(), Status::Provisioning);
    relay.open().await;

    harness.until(&store, |store| store.state.status() == Status::Ready).await;
    runner.signal(Signal::SIGTERM);
    let (_, ended_well) = runner.ended().await;
    assert!(ended_well);
    harness.delete(&store).await;
}
