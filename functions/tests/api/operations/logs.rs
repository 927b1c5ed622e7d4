//! The log of a component, for whoever asks.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::{
    operation::{
        Answer as OperationAnswer, OperationKey, ReadOnlyRequest,
        logs::{Component, LogExcerpt, LogLine, LogQuery, Tail},
    },
    provisioning::{failure::Cleanup, step::Step},
    store::state::Provisioning,
};
use serde_json::{Value, json};
use testkit::fixture::failure;

use crate::{
    api::{Answer, Api, Call, assert_problem},
    operations::exclusive::{location, ready, restart},
};

const TIME: Duration = Duration::from_secs(30);
const KEPT: Duration = Duration::from_secs(900);

fn logs(api: &Api, id: &str, body: &Value) -> Call {
    Call::new(Method::POST, &format!("/v1/stores/{id}/actions/logs")).by(&api.admin).with(body)
}

/// What a runner is asked for, and answers with these lines of `mysql`.
pub(crate) async fn answer(
    api: &Api,
    asked: &Answer,
    id: &str,
    lines: Vec<LogLine>,
) -> (ReadOnlyRequest, LogExcerpt) {
    let table = &api.fixture.table;
    let store = table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let operation = asked.body["id"].as_str().unwrap().parse().unwrap();
    let key = OperationKey { store: store.id, uid: store.uid, operation };
    let taken = table.claim_operation(&key, "runner", api.now(), TIME).await.unwrap();
    let (pod, container) = ("mysql-1".into(), "mysql".into());
    let log = LogExcerpt { pod, container, lines, truncated: true };
    let inquiry = taken.operation.request.clone();
    table
        .end_operation(&taken.claim, taken.operation, Ok(OperationAnswer::Log(log.clone())), api.now())
        .await
        .unwrap();
    (inquiry, log)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_log_is_asked_for_and_told_for_fifteen_minutes() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let body =
        json!({ "component": "mysql", "tail": 7, "since": "2026-01-31T10:30:00+01:00", "previous": true });
    let asked = api.answer(logs(&api, &id, &body)).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!(
        (&asked.body["action"], &asked.body["component"], &asked.body["status"]),
        (&json!("logs"), &json!("mysql"), &json!("Pending"))
    );
    let jobs = api.jobs().await;
    assert_eq!(jobs.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), ["Logs"]);

    let line = LogLine { at: Some(api.now()), text: "ready for connections".into() };
    let (inquiry, log) = answer(&api, &asked, &id, vec![line]).await;
    let since = Some("2026-01-31T09:30:00Z".parse().unwrap());
    let (component, tail) = (Component::Mysql, Tail::new(7).unwrap());
    assert_eq!(inquiry, ReadOnlyRequest::Logs(LogQuery { component, tail, since, previous: true }));
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(ended["answer"], json!({ "log": log }));
    assert_eq!(ended["result"]["answered"]["until"], json!(api.now().plus(KEPT)));

    api.pass(KEPT);
    let later = api.get(location(&asked)).await.body;
    assert_eq!((&later["status"], &later["answer"]), (&json!("Succeeded"), &Value::Null), "it has expired");
    let events = api.get("/v1/stores/my-shop/events").await.body;
    let messages: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        ["root asked for a look at the log of mysql.", "A look at the log of mysql was given."]
    );
    let audit = api.get("/v1/audit?store=my-shop").await;
    assert_eq!(audit.body["items"][0]["action"], "store.logs");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn as_much_as_a_log_may_be_is_kept_and_told_whole() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let asked = api.answer(logs(&api, &id, &json!({ "component": "mysql", "tail": 2000 }))).await;
    let length = LogExcerpt::MAX_BYTES / 2000 - 1;
    let line = LogLine { at: Some(api.now()), text: "x".repeat(length) };
    let (_, log) = answer(&api, &asked, &id, vec![line; 2000]).await;
    assert_eq!(api.get(location(&asked)).await.body["answer"], json!({ "log": log }));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_wrong_is_reported_where_it_stands() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let wrong =
        json!({ "component": "seed", "tail": 2001, "since": "10m", "previous": "yes", "follow": true });
    let refused = api.answer(logs(&api, &id, &wrong)).await;
    assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let errors = refused.body["errors"].as_array().unwrap();
    let mut recorded: Vec<_> = errors
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["detail"].as_str().unwrap()))
        .collect();
    recorded.sort_unstable();
    assert_eq!(
        recorded,
        [
            ("/component", "must be one of wordpress, mysql, setup"),
            ("/follow", "is not a field of this request"),
            ("/previous", "must be true or false"),
            ("/since", "must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z"),
            ("/tail", "must be 1 to 2000 lines"),
        ]
    );
    for (body, pointer) in [(json!({}), "/component"), (json!({ "component": "mysql", "tail": 0 }), "/tail")]
    {
        let refused = api.answer(logs(&api, &id, &body)).await;
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn logs_are_reported_of_every_store_that_is_not_being_deleted_whatever_it_is_busy_with() {
    let api = Api::new().await;
    let body = json!({ "component": "setup" });
    let status = async |id: &str| api.answer(logs(&api, id, &body)).await.status;
    api.create("My Shop", &api.admin).await;
    assert_eq!(status("my-shop").await, StatusCode::ACCEPTED, "it is being made");
    let table = &api.fixture.table;
    let store = table.store(&"my-shop".to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let claim = table.acquire_lease(&store, "runner", api.now(), TIME).await.unwrap().claim;
    let fails = Provisioning::new().fail(failure(Step::WaitMysql, Cleanup::Kept));
    table.commit(&claim, &fails, &[], api.now()).await.unwrap();
    assert_eq!(status("my-shop").await, StatusCode::ACCEPTED, "it has failed");

    let id = ready(&api, "Other Shop", &api.admin).await;
    assert_eq!(api.answer(restart(&id, "all", &api.admin)).await.status, StatusCode::ACCEPTED);
    for _ in 0..2 {
        assert_eq!(status(&id).await, StatusCode::ACCEPTED, "it is busy");
    }
    let path = format!("/v1/stores/{id}");
    assert_eq!(api.call(Method::DELETE, &path, Some(&api.admin), None).await.status, StatusCode::ACCEPTED);
    let refused = api.answer(logs(&api, &id, &body)).await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    let detail = "The store is Deleting, and this takes one that is Provisioning, Ready or Failed.";
    assert_eq!(refused.body["detail"], detail);
}
