//! Stores, from their creation to their deletion.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use domain::{fixture::Fixture, queue::Queue, task::Task, timestamp::Timestamp};
use functions::config::{Limits, Settings};
use serde_json::{Value, json};

use crate::api::{Api, assert_problem};

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
