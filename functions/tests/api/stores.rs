//! `/v1/stores` and its timeline.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use domain::{
    event::Event,
    fixture::{Fixture, new_store},
    queue::Queue,
    status::Provisioning,
    step::Step,
    table::Taken,
    task::Task,
    timestamp::Timestamp,
};
use functions::config::{Limits, Settings};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::api::{Answer, Api, assert_problem};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_create_answers_with_the_store_and_sends_its_job() {
    let api = Api::new().await;
    let answer = api.create("My Test Shop", &api.admin).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.headers[header::LOCATION], "/v1/stores/my-test-shop");
    let store = &answer.body;
    assert_eq!((&store["id"], &store["name"]), (&json!("my-test-shop"), &json!("My Test Shop")));
    assert_eq!((&store["status"], &store["owner"]), (&json!("Provisioning"), &json!("root")));
    assert_eq!((&store["namespace"], &store["url"]), (&json!("store-my-test-shop"), &Value::Null));
    assert_eq!(store["progress"], json!({ "completed": 0, "total": 10 }));

    let jobs = api.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].task, json!(jobs[0].uid)), (Task::Provision, store["uid"].clone()));
    assert_eq!(&api.get("/v1/stores/my-test-shop").await.body, store);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_request_that_is_not_valid_is_told_every_field() {
    let api = Api::new().await;
    let long = "a".repeat(51);
    let good = "owner@example.com";
    for (body, pointers) in [
        (json!({ "name": "Böse Käse", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": long, "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "'; drop", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "www", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "My Shop" }), vec!["/adminEmail"]),
        (json!({ "name": "My Shop", "adminEmail": "nobody" }), vec!["/adminEmail"]),
        (json!({ "name": 7, "adminEmail": null }), vec!["/name", "/adminEmail"]),
        (json!({ "name": "My Shop", "adminEmail": good, "plan": "gold" }), vec!["/plan"]),
        (json!({}), vec!["/name", "/adminEmail"]),
    ] {
        let answer = api.call(Method::POST, "/v1/stores", Some(&api.admin), Some(body)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!(
            errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect::<Vec<_>>(),
            pointers
        );
    }
    assert!(api.jobs().await.is_empty());
    assert_eq!(api.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_body_that_can_not_be_read_is_told_apart_from_one_that_is_not_valid() {
    let api = Api::new().await;
    let post = |content_type: Option<&str>, body: String| {
        let mut request = Request::post("/v1/stores")
            .header(header::AUTHORIZATION, format!("Bearer {}", api.admin.expose_secret()));
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        api.send(request.body(Body::from(body)).unwrap())
    };
    let json = Some("application/json");
    assert_problem(&post(json, "{".into()).await, StatusCode::BAD_REQUEST, "malformed");
    assert_problem(&post(json, "[1]".into()).await, StatusCode::BAD_REQUEST, "malformed");
    assert_problem(&post(json, " ".repeat(17_000)).await, StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    let type_problem = "unsupported-media-type";
    for content_type in [None, Some("text/plain")] {
        let answer = post(content_type, "{}".into()).await;
        assert_problem(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, type_problem);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_taken_name_is_a_conflict_that_names_the_store() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let answer = api.create("my  SHOP", &api.admin).await;
    assert_problem(&answer, StatusCode::CONFLICT, "name-taken");
    assert_eq!(answer.body["store"], "my-shop");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_full_platform_says_so() {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let api =
        Api::over(fixture, queue, Settings { limits: Limits { platform_stores: 1 }, ..Settings::default() })
            .await;
    assert_eq!(api.create("First", &api.admin).await.status, StatusCode::ACCEPTED);
    let answer = api.create("Second", &api.admin).await;
    assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "platform-quota");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_delete_is_accepted_again_and_again() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    api.jobs().await;
    let delete = || api.call(Method::DELETE, "/v1/stores/my-shop", Some(&api.admin), None);
    let (first, second) = (delete().await, delete().await);
    assert_eq!((first.status, second.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!((&first.body["status"], &first.body), (&json!("Deleting"), &second.body));
    assert!(api.jobs().await.iter().all(|job| job.task == Task::Teardown));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_accepted_although_its_job_can_not_be_sent() {
    let fixture = Fixture::new().await;
    let nowhere = Queue::new(fixture.clients.sqs.clone(), format!("{}-nowhere", fixture.queue.url()));
    let api = Api::over(fixture, nowhere, Settings::default()).await;
    assert_eq!(api.create("My Shop", &api.admin).await.status, StatusCode::ACCEPTED);
    assert!(
        api.fixture.table.overdue(Timestamp::now().plus(Duration::from_secs(120))).await.unwrap().len() == 1
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_has_pages() {
    let api = Api::new().await;
    for name in ["First", "Second", "Third"] {
        api.create(name, &api.admin).await;
    }
    let ids = |answer: &Answer| {
        answer.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let first = api.get("/v1/stores?limit=2").await;
    assert_eq!(ids(&first), ["third", "second"]);
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = api.get(&format!("/v1/stores?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&second), &second.body["nextCursor"]), (vec![json!("first")], &Value::Null));

    let wrong = api.get("/v1/stores?limit=0&colour=red").await;
    assert_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!(wrong.body["errors"][0]["parameter"], "limit");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_timeline_is_in_order_and_the_store_tells_its_step() {
    let api = Api::new().await;
    let store = new_store("root");
    let table = &api.fixture.table;
    table.create_store(&store, 10).await.unwrap();
    let now = Timestamp::now();
    let Taken { claim, .. } =
        table.take_lease(&store, "runner-1", now, Duration::from_secs(30)).await.unwrap();
    for step in [Step::CreateNamespace, Step::CreateNetworkPolicies] {
        let events =
            [Event::started(step, "begins"), Event::completed(step, "ends", Duration::from_millis(7))];
        table.commit(&claim, &Provisioning::new().begin(step), &events, now).await.unwrap();
    }
    let events = api.get(&format!("/v1/stores/{}/events", store.id)).await;
    let told: Vec<_> = events.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["step"].clone(), e["kind"].clone()))
        .collect();
    let expected = ["create_namespace", "create_network_policies"]
        .map(|step| [(json!(step), json!("step_started")), (json!(step), json!("step_completed"))]);
    assert_eq!(told, expected.concat());
    assert_eq!(events.body["items"][1]["durationMs"], 7);

    let shown = api.get(&format!("/v1/stores/{}", store.id)).await;
    assert_eq!(shown.body["step"], "create_network_policies");
    assert_eq!(shown.body["progress"]["completed"], 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn unknown_routes_and_methods_are_problems_too() {
    let api = Api::new().await;
    assert_problem(&api.get("/v1/nothing").await, StatusCode::NOT_FOUND, "no-such-route");
    assert_problem(&api.get("/v1/stores/No%20Slug").await, StatusCode::NOT_FOUND, "no-such-store");
    let answer = api.call(Method::PUT, "/v1/stores", Some(&api.admin), None).await;
    assert_problem(&answer, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
    assert_eq!(answer.headers[header::ALLOW], "POST");
}
