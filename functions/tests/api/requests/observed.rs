//! What is seen of a request from outside: its metrics, and its trace on the job.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::{queue::Queue, values::traceparent::Traceparent};
use functions::config::{Limits, Settings};
use serde_json::{Value, json};
use testkit::fixture::Fixture;

use crate::api::{Api, Call, assert_problem, often};

fn create(api: &Api, name: &str) -> Call {
    let body = json!({ "name": name, "adminEmail": "owner@example.com" });
    Call::new(Method::POST, "/v1/stores").by(&api.admin).with(&body)
}

/// The trace contexts of the jobs that were sent.
async fn traces(api: &Api) -> Vec<Option<String>> {
    let jobs = api.fixture.queue.receive(10, Duration::ZERO, Duration::from_secs(60)).await.unwrap();
    jobs.iter().map(|delivery| delivery.traceparent().map(str::to_owned)).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_callers_trace_goes_on_with_the_job() {
    let api = Api::new().await;
    let theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    api.answer(create(&api, "My Shop").header("traceparent", theirs)).await;
    assert_eq!(traces(&api).await, [Some(theirs.to_owned())]);
    let delete = Call::new(Method::DELETE, "/v1/stores/my-shop").by(&api.admin);
    api.answer(delete.header(
        "x-amzn-trace-id",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    ))
    .await;
    let gateways = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
    assert_eq!(traces(&api).await, [Some(gateways.to_owned())]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_job_has_a_trace_whatever_the_caller_sends_in_its_place() {
    let api = Api::new().await;
    api.answer(create(&api, "My Shop").header("traceparent", "00-\"; drop-table-01")).await;
    let traces = traces(&api).await;
    assert!(Traceparent::parse(traces[0].as_deref().unwrap()).is_some(), "{traces:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_done_and_what_is_refused_is_counted_in_one_line_a_request() {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let settings = Settings {
        limits: Limits { platform_stores: 1, owner_stores: 5 },
        rates: often(),
        ..Settings::default()
    };
    let api = Api::over(fixture, queue, settings).await;
    let count = |metrics: &[Value], name: &str| {
        assert_eq!(metrics.len(), 1, "{metrics:?}");
        metrics[0][name].as_u64()
    };
    let created = api.answer(create(&api, "My Shop")).await;
    let metrics = api.metrics();
    assert_eq!((count(&metrics, "StoresCreated"), count(&metrics, "Refusals")), (Some(1), None));
    assert_eq!(metrics[0]["requestId"].as_str(), created.headers["x-request-id"].to_str().ok());

    for (name, reason) in [("My Shop", "name-taken"), ("Another", "platform-quota"), ("", "invalid")] {
        api.answer(create(&api, name)).await;
        let metrics = api.metrics();
        assert_eq!((count(&metrics, "Refusals"), count(&metrics, "StoresCreated")), (Some(1), None));
        assert_eq!(metrics[0]["reason"], reason);
    }
    api.answer(Call::get("/v1/stores").header("authorization", "Bearer x")).await;
    assert_eq!(count(&api.metrics(), "AuthenticationFailures"), Some(1));
    api.get("/v1/stores").await;
    assert_eq!(api.metrics(), [] as [Value; 0], "there is nothing to count of a read");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_job_that_could_not_be_sent_is_counted() {
    let fixture = Fixture::new().await;
    let nowhere = Queue::new(fixture.clients.sqs.clone(), format!("{}-nowhere", fixture.queue.url()));
    let api = Api::over(fixture, nowhere, Settings::default()).await;
    assert_eq!(api.answer(create(&api, "My Shop")).await.status, StatusCode::ACCEPTED);
    let metrics = api.metrics();
    assert_eq!((&metrics[0]["JobsNotSent"], &metrics[0]["StoresCreated"]), (&json!(1), &json!(1)));
    assert_problem(
        &api.answer(Call::get("/v1/stores/none").by(&api.admin)).await,
        StatusCode::NOT_FOUND,
        "no-such-store",
    );
    assert_eq!(api.metrics()[0].get("JobsNotSent"), None);
}
