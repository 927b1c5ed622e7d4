//! What a store is made to do once it is up.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    operation::{End, OperationFailure, OperationResult, Outcome, Workload},
    store::{power::Power, state::Provisioning},
    table::LeasedStore,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::api::{Answer, Api, Call, assert_problem, token};

const LEASE: Duration = Duration::from_secs(30);

pub(crate) fn restart(id: &str, target: &str, by: &SecretString) -> Call {
    let path = format!("/v1/stores/{id}/actions/restart");
    Call::new(Method::POST, &path).by(by).with(&json!({ "target": target }))
}

pub(crate) fn location(answer: &Answer) -> &str {
    answer.headers["operation-location"].to_str().unwrap()
}

pub(crate) async fn take(api: &Api, id: &str) -> LeasedStore {
    let table = &api.fixture.table;
    let store = table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    table.acquire_lease(&store, "runner", api.now(), LEASE).await.unwrap()
}

/// Creates a store and brings it up, as a runner would.
pub(crate) async fn ready(api: &Api, name: &str, by: &SecretString) -> String {
    let created = api.create(name, by).await;
    let id = created.body["id"].as_str().unwrap().to_owned();
    let LeasedStore { claim, .. } = take(api, &id).await;
    let ready = Provisioning::new().ready(format!("http://{id}.example"), api.now());
    api.fixture.table.commit(&claim, &ready, &[], api.now()).await.unwrap();
    api.jobs().await;
    id
}

/// Ends what the store is busy with, as a runner would.
pub(crate) async fn end(api: &Api, id: &str, outcome: Outcome) {
    let LeasedStore { store, claim } = take(api, id).await;
    let (busy, begins) = store.with_operation().unwrap().begin(api.now());
    for transition in [begins, busy.end(End { at: api.now(), outcome })] {
        api.fixture.table.commit(&claim, &transition, &[], api.now()).await.unwrap();
    }
}

fn succeeded() -> Outcome {
    Outcome::Succeeded(OperationResult::Restarted(vec![Workload::Wordpress]))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_is_accepted_and_can_be_followed_to_its_end() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let asked = api.answer(restart(&id, "wordpress", &api.admin)).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let operation = asked.body["id"].as_str().unwrap();
    assert_eq!(location(&asked), format!("/v1/stores/my-shop/operations/{operation}"));
    assert!(asked.headers.contains_key("ratelimit"));
    assert_eq!(
        asked.body,
        json!({
            "id": operation, "action": "restart", "target": "wordpress", "status": "Pending", "answer": null, "component": null,
            "reason": null, "image": null, "guard": "orders", "waiting": null,
            "requestedBy": "root", "requestedAt": api.now().to_string(), "startedAt": null, "endedAt": null,
            "result": null, "failure": null,
        })
    );
    assert_eq!(api.jobs().await.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), ["Restart"]);
    assert_eq!(api.get(location(&asked)).await.body, asked.body);
    let busy = api.get("/v1/stores/my-shop").await.body;
    assert_eq!((&busy["status"], &busy["operation"]), (&json!("Ready"), &json!(operation)));

    end(&api, &id, succeeded()).await;
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(
        (&ended["status"], &ended["result"]),
        (&json!("Succeeded"), &json!({ "restarted": ["wordpress"] }))
    );
    assert!(ended["startedAt"].is_string() && ended["endedAt"].is_string(), "{ended}");
    assert_eq!(api.get("/v1/stores/my-shop").await.body["operation"], Value::Null);

    let events = api.get("/v1/stores/my-shop/events").await;
    let recorded = &events.body["items"][0];
    assert_eq!(
        (&recorded["kind"], &recorded["operation"]),
        (&json!("operation_requested"), &json!(operation))
    );
    assert_eq!(recorded["message"], "root asked for the restart of wordpress.");
    let audit = api.get("/v1/audit?store=my-shop").await;
    assert_eq!(audit.body["items"][0]["action"], "store.restart");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_busy_with_one_operation_at_a_time_and_says_which() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let first = api.answer(restart(&id, "mysql", &api.admin)).await;
    let refused = api.answer(restart(&id, "all", &api.admin)).await;
    assert_problem(&refused, StatusCode::CONFLICT, "operation-in-progress");
    assert_eq!(refused.body["operation"], location(&first));
    assert!(refused.body["detail"].as_str().unwrap().contains("the restart of mysql"), "{}", refused.body);

    end(&api, &id, Outcome::cut_off()).await;
    let failed = api.get(location(&first)).await.body;
    assert_eq!((&failed["status"], &failed["failure"]["code"]), (&json!("Failed"), &json!("store_deleted")));
    let second = api.answer(restart(&id, "all", &api.admin)).await;
    assert_eq!(second.status, StatusCode::ACCEPTED, "{}", second.body);
    let listed = api.get("/v1/stores/my-shop/operations?limit=1").await;
    assert_eq!(listed.body["items"][0]["id"], second.body["id"], "newest first");
    let cursor = listed.body["nextCursor"].as_str().unwrap();
    let listed = api.get(&format!("/v1/stores/my-shop/operations?limit=1&cursor={cursor}")).await;
    assert_eq!((&listed.body["items"], &listed.body["nextCursor"]), (&json!([failed]), &Value::Null));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_not_up_says_what_it_would_have_to_be() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let refused = api.answer(restart("my-shop", "all", &api.admin)).await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    assert_eq!(refused.body["detail"], "The store is Provisioning, and this takes one that is Ready.");
    assert_eq!(api.get("/v1/stores/my-shop/operations").await.body["items"], json!([]));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_that_is_sent_again_with_its_key_is_one_restart() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let keyed = |target| api.answer(restart(&id, target, &api.admin).header("idempotency-key", "k"));
    let first = keyed("all").await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    let again = keyed("all").await;
    assert_eq!(
        (again.status, &again.body, location(&again)),
        (StatusCode::ACCEPTED, &first.body, location(&first))
    );
    assert!(again.headers.contains_key("idempotency-replayed"));
    assert_eq!(api.jobs().await.len(), 2, "a runner gets one more job");
    assert_problem(&keyed("mysql").await, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");

    end(&api, &id, succeeded()).await;
    let late = keyed("all").await;
    assert_eq!((late.status, &late.body["status"]), (StatusCode::ACCEPTED, &json!("Succeeded")));
    assert!(api.jobs().await.is_empty(), "there is nothing left to do");
    api.call(Method::DELETE, "/v1/stores/my-shop", Some(&api.admin), None).await;
    assert_eq!(keyed("all").await.body["status"], "Succeeded", "of a store that is going, too");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_restarted_only_in_a_version_that_the_caller_knows() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let etag = api.get("/v1/stores/my-shop").await.headers[header::ETAG].to_str().unwrap().to_owned();
    let with = |tag: &str| api.answer(restart(&id, "all", &api.admin).header("if-match", tag));
    assert_problem(&with("\"other\"").await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
    assert_eq!(with(&etag).await.status, StatusCode::ACCEPTED);
    end(&api, &id, succeeded()).await;
    assert_problem(&with(&etag).await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_restart_is_of_something_that_there_is() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    for body in [json!({}), json!({ "target": "redis" }), json!({ "target": 1 }), json!({ "target": "All" })]
    {
        let path = format!("/v1/stores/{id}/actions/restart");
        let refused = api.answer(Call::new(Method::POST, &path).by(&api.admin).with(&body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/target", "{body}");
    }
    assert!(api.jobs().await.is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn operations_are_their_stores_owners_and_each_has_its_own_place() {
    let api = Api::new().await;
    let (ada, eve) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "eve", Role::Owner).await);
    let id = ready(&api, "Adas Shop", &ada).await;
    ready(&api, "Eves Shop", &eve).await;
    let asked = api.answer(restart(&id, "all", &ada)).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let operation = asked.body["id"].as_str().unwrap();

    let elsewhere = Call::get(location(&asked)).by(&eve);
    assert_problem(&api.answer(elsewhere).await, StatusCode::NOT_FOUND, "no-such-store");
    let of_others = Call::get(&format!("/v1/stores/eves-shop/operations/{operation}")).by(&eve);
    assert_problem(&api.answer(of_others).await, StatusCode::NOT_FOUND, "no-such-operation");
    for nothing in ["01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10", "nothing"] {
        let call = Call::get(&format!("/v1/stores/{id}/operations/{nothing}")).by(&ada);
        assert_problem(&api.answer(call).await, StatusCode::NOT_FOUND, "no-such-operation");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_new_password_is_asked_for_like_any_operation_and_shows_nowhere() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let reset = |key: &str| {
        let path = format!("/v1/stores/{id}/actions/reset-password");
        api.answer(Call::new(Method::POST, &path).by(&api.admin).header("idempotency-key", key))
    };
    let asked = reset("k").await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!((&asked.body["action"], &asked.body["target"]), (&json!("reset-password"), &Value::Null));
    assert_eq!(api.jobs().await.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), ["ResetPassword"]);
    assert_eq!(reset("k").await.body, asked.body);
    assert_problem(&reset("l").await, StatusCode::CONFLICT, "operation-in-progress");
    let restart = api.answer(restart(&id, "all", &api.admin)).await;
    assert_problem(&restart, StatusCode::CONFLICT, "operation-in-progress");

    end(&api, &id, Outcome::Succeeded(OperationResult::PasswordReset { user: "admin".into() })).await;
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(ended["result"], json!({ "passwordReset": { "user": "admin" } }));
    let audit = api.get("/v1/audit?store=my-shop").await;
    assert_eq!(audit.body["items"][0]["action"], "store.reset-password");
}

/// Asks for `action`, which has no parameters.
pub(crate) async fn act(api: &Api, id: &str, action: &str) -> Answer {
    api.answer(Call::new(Method::POST, &format!("/v1/stores/{id}/actions/{action}")).by(&api.admin)).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_hibernated_refuses_what_makes_no_sense_and_is_no_outage_until_it_resumes() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let power = async || api.get("/v1/stores/my-shop").await.body["power"].clone();
    assert_eq!(power().await, "Running");
    let refused = act(&api, &id, "resume").await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    let detail = "The store is Running, and this takes one that is Hibernated.";
    assert_eq!(refused.body["detail"], detail);

    let asked = act(&api, &id, "hibernate").await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!(power().await, "Hibernating");
    assert_problem(&act(&api, &id, "hibernate").await, StatusCode::CONFLICT, "operation-in-progress");
    end(&api, &id, Outcome::Succeeded(OperationResult::PowerChanged { power: Power::Hibernated })).await;
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(ended["result"], json!({ "powerChanged": { "power": "Hibernated" } }));
    let store = api.get("/v1/stores/my-shop").await.body;
    assert_eq!((&store["status"], &store["power"]), (&json!("Ready"), &json!("Hibernated")));

    for refused in [
        act(&api, &id, "hibernate").await,
        act(&api, &id, "reset-password").await,
        api.answer(restart(&id, "all", &api.admin)).await,
    ] {
        assert_problem(&refused, StatusCode::CONFLICT, "conflict");
        let detail = "The store is Hibernated, and this takes one that is Running.";
        assert_eq!(refused.body["detail"], detail);
    }
    let health = api.get("/v1/stores/my-shop/health").await.body;
    assert_eq!((&health["status"], &health["pods"]), (&json!("Hibernated"), &json!([])));
    assert_eq!(api.fixture.table.ready_stores().await.unwrap(), [], "no sweep looks at it");

    act(&api, &id, "resume").await;
    assert_eq!(power().await, "Resuming");
    end(&api, &id, Outcome::Failed(OperationFailure::cut_off())).await;
    assert_eq!(power().await, "Hibernated", "it is taken back");
    act(&api, &id, "resume").await;
    end(&api, &id, Outcome::Succeeded(OperationResult::PowerChanged { power: Power::Running })).await;
    assert_eq!(power().await, "Running");
    let audited = api.get("/v1/audit?store=my-shop").await.body;
    let actions: Vec<_> = audited["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["store.resume", "store.resume", "store.hibernate", "store.create"]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_hibernated_is_deleted_as_any_other() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    act(&api, &id, "hibernate").await;
    end(&api, &id, Outcome::Succeeded(OperationResult::PowerChanged { power: Power::Hibernated })).await;
    let deleted = api.answer(Call::new(Method::DELETE, "/v1/stores/my-shop").by(&api.admin)).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED, "{}", deleted.body);
    assert_eq!((&deleted.body["status"], &deleted.body["power"]), (&json!("Deleting"), &Value::Null));
}
