//! Stores, from their creation to their deletion.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use domain::{
    aws::Clients,
    operation::logs::{LogExcerpt, LogLine},
    provisioning::{failure::Cleanup, step::Step},
    queue::Queue,
    store::{slug::Slug, state::Provisioning},
    values::timestamp::Timestamp,
};
use functions::config::{Limits, Settings};
use serde_json::{Value, json};
use testkit::fixture::{Fixture, failure};
use tokio::{net::TcpListener, time::timeout};

use crate::api::{Api, Call, assert_problem};

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
    assert_eq!(
        (jobs[0].kind().name(), json!(jobs[0].store().unwrap().1)),
        ("Provision", store["uid"].clone())
    );
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
    let api = Api::over(
        fixture,
        queue,
        Settings { limits: Limits { platform_stores: 1, owner_stores: 5 }, ..Settings::default() },
    )
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
    assert!(api.jobs().await.iter().all(|job| job.kind().name() == "Teardown"));
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
async fn a_queue_that_takes_a_job_and_says_nothing_holds_no_caller_up() {
    let fixture = Fixture::new().await;
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let queue = Queue::new(Clients::local(&endpoint, &endpoint).sqs, format!("{endpoint}/000000000000/jobs"));
    let api = Api::over(fixture, queue, Settings::default()).await;
    // API Gateway gives a function 30 s.
    let create = timeout(Duration::from_secs(29), api.create("My Shop", &api.admin)).await;
    assert_eq!(create.expect("the send is given up").status, StatusCode::ACCEPTED);
    let due = api.fixture.table.overdue(Timestamp::now().plus(Duration::from_secs(120))).await.unwrap();
    assert_eq!(due.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_has_not_changed_is_not_sent_again() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let path = "/v1/stores/my-shop";
    let show = |tags: String| api.answer(Call::get(path).by(&api.admin).header("if-none-match", &tags));
    let first = api.get(path).await;
    let etag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    for tags in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".into()] {
        let again = show(tags.clone()).await;
        assert_eq!((again.status, &again.body), (StatusCode::NOT_MODIFIED, &Value::Null), "{tags}");
        for name in [header::ETAG, header::CACHE_CONTROL] {
            assert_eq!(again.headers[&name], first.headers[&name]);
        }
        assert!(!again.headers.contains_key(header::CONTENT_TYPE));
    }
    assert_problem(&show("my-shop".into()).await, StatusCode::BAD_REQUEST, "malformed");

    api.call(Method::DELETE, path, Some(&api.admin), None).await;
    let changed = show(etag.clone()).await;
    assert_eq!((changed.status, &changed.body["status"]), (StatusCode::OK, &json!("Deleting")));
    assert_ne!(changed.headers[header::ETAG].to_str().unwrap(), etag);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_record_of_a_deleted_store_is_shown_for_thirty_days_although_dynamodb_removes_it_later() {
    let api = Api::new().await;
    let store = api.fixture.store().await;
    api.fixture.delete(&store).await;
    let path = format!("/v1/stores/{}/events", store.id);
    let events = || api.get(&path);
    assert_eq!(events().await.body["items"][0]["kind"], "store_deleted");
    api.pass(Duration::from_secs(30 * 24 * 3600 + 10));
    // The token of the test has no end.
    assert_problem(&events().await, StatusCode::NOT_FOUND, "no-such-store");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_failed_is_shown_with_the_log_that_is_left_and_a_list_stays_short() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let table = &api.fixture.table;
    let store = table.store(&Slug::parse("my-shop").unwrap()).await.unwrap().unwrap();
    let lease = Duration::from_secs(30);
    let claim = table.acquire_lease(&store, "runner", api.now(), lease).await.unwrap().claim;
    let line = LogLine { at: Some(api.now()), text: "InnoDB: no space left".into() };
    let log =
        LogExcerpt { pod: "mysql-1".into(), container: "mysql".into(), lines: vec![line], truncated: false };
    let fails = Provisioning::new().fail_with_log(failure(Step::WaitMysql, Cleanup::Kept), log.clone());
    table.commit(&claim, &fails, &[], api.now()).await.unwrap();

    let shown = api.get("/v1/stores/my-shop").await.body;
    assert_eq!(shown["failure"]["log"], json!(log));
    assert_eq!(shown["failure"]["step"], json!("wait_mysql"));
    let listed = api.get("/v1/stores").await.body;
    assert_eq!(listed["items"][0]["failure"]["code"], json!("deadline_exceeded"));
    assert_eq!(listed["items"][0]["failure"].get("log"), None);
}
