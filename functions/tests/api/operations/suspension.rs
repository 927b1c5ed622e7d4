//! What a store is for whom once it is suspended.

use axum::http::{Method, StatusCode};
use domain::{
    auth::principal::Role,
    operation::{OperationFailure, OperationResult, Outcome},
    store::power::Power,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::exclusive::{act, end, location, ready, restart};
use crate::api::{Answer, Api, Call, assert_problem, token};

const REASON: &str = "It sells what nobody may sell.";

async fn suspend(api: &Api, id: &str, by: &SecretString, body: &Value) -> Answer {
    api.answer(Call::new(Method::POST, &format!("/v1/stores/{id}/actions/suspend")).by(by).with(body)).await
}

fn done(suspended: bool) -> Outcome {
    Outcome::Succeeded(OperationResult::SuspensionChanged { suspended })
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspended_store_says_why_until_an_admin_ends_that() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let id = ready(&api, "Adas Shop", &ada).await;
    let shown = async || api.answer(Call::get("/v1/stores/adas-shop").by(&ada)).await.body;
    assert_eq!(shown().await["suspension"], Value::Null);
    let refused = act(&api, &id, "unsuspend").await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    assert_eq!(refused.body["detail"], "The store is not suspended.");

    let asked = suspend(&api, &id, &api.admin, &json!({ "reason": format!(" {REASON} ") })).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!((&asked.body["action"], &asked.body["reason"]), (&json!("suspend"), &json!(REASON)));
    let suspension = json!({ "since": asked.body["requestedAt"], "reason": REASON });
    assert_eq!(shown().await["suspension"], suspension, "from the request on");
    end(&api, &id, done(true)).await;
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(ended["result"], json!({ "suspensionChanged": { "suspended": true } }));
    let store = shown().await;
    assert_eq!((&store["status"], &store["power"]), (&json!("Ready"), &json!("Running")), "all else stays");
    assert_eq!((&store["suspension"], &store["operation"]), (&suspension, &Value::Null));

    let again = suspend(&api, &id, &api.admin, &json!({ "reason": "another" })).await;
    assert_problem(&again, StatusCode::CONFLICT, "conflict");
    assert_eq!(again.body["detail"], "The store is suspended already.");
    for action in ["suspend", "unsuspend"] {
        let path = format!("/v1/stores/{id}/actions/{action}");
        let call = Call::new(Method::POST, &path).by(&ada).with(&json!({ "reason": "mine" }));
        assert_problem(&api.answer(call).await, StatusCode::FORBIDDEN, "forbidden");
    }
    let listed = async |query: &str| {
        let answer = api.answer(Call::get("/v1/stores").asking(query).by(&ada)).await;
        answer.body["items"].as_array().unwrap().len()
    };
    assert_eq!((listed("suspended=true").await, listed("suspended=false").await), (1, 0));

    let asked = act(&api, &id, "unsuspend").await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!(shown().await["suspension"], suspension, "until it is done");
    end(&api, &id, Outcome::Failed(OperationFailure::cut_off())).await;
    assert_eq!(shown().await["suspension"], suspension, "it is taken back");
    act(&api, &id, "unsuspend").await;
    end(&api, &id, done(false)).await;
    assert_eq!(shown().await["suspension"], Value::Null);
    assert_eq!((listed("suspended=true").await, listed("suspended=false").await), (0, 1));
    let audited = api.get("/v1/audit?store=adas-shop").await.body;
    let entries: Vec<_> = audited["items"].as_array().unwrap().iter().collect();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["store.unsuspend", "store.unsuspend", "store.suspend", "store.create"]);
    assert_eq!(entries[2]["reason"], REASON);
    assert_eq!((&entries[1]["reason"], &entries[2]["principal"]), (&Value::Null, &json!("root")));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspended_store_takes_what_its_owner_asks_and_stays_suspended() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let id = ready(&api, "Adas Shop", &ada).await;
    suspend(&api, &id, &api.admin, &json!({ "reason": REASON })).await;
    assert_problem(
        &api.answer(restart(&id, "all", &ada)).await,
        StatusCode::CONFLICT,
        "operation-in-progress",
    );
    end(&api, &id, done(true)).await;
    for (action, power) in [("hibernate", Power::Hibernated), ("resume", Power::Running)] {
        let asked = act(&api, &id, action).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
        end(&api, &id, Outcome::Succeeded(OperationResult::PowerChanged { power })).await;
        let store = api.get("/v1/stores/adas-shop").await.body;
        assert_eq!(store["suspension"]["reason"], REASON, "{action}");
    }
    let stores = api.fixture.table.ready_stores().await.unwrap();
    assert_eq!(stores.iter().map(|store| store.wants_way_in).collect::<Vec<_>>(), [false]);
    let deleted = api.call(Method::DELETE, "/v1/stores/adas-shop", Some(&ada), None).await;
    assert_eq!((deleted.status, &deleted.body["status"]), (StatusCode::ACCEPTED, &json!("Deleting")));
    let refused = act(&api, &id, "unsuspend").await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    assert_eq!(refused.body["detail"], "The store is Deleting, and this takes one that is Ready or Failed.");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_suspension_has_a_reason_in_one_line() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let long = "x".repeat(201);
    for body in [
        json!({}),
        json!({ "reason": null }),
        json!({ "reason": 1 }),
        json!({ "reason": " " }),
        json!({ "reason": "two\nlines" }),
        json!({ "reason": long }),
    ] {
        let refused = suspend(&api, &id, &api.admin, &body).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/reason", "{body}");
    }
    assert!(api.jobs().await.is_empty());
    assert_eq!(api.get("/v1/stores/my-shop").await.body["suspension"], Value::Null);
}
