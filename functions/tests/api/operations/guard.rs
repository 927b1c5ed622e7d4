//! What takes a shop from its customers waits for a quiet moment, unless somebody says otherwise, which is audited.

use axum::http::{Method, StatusCode};
use domain::{
    operation::{Activity, Outcome},
    table::LeasedStore,
};
use serde_json::{Value, json};

use super::exclusive::{act, end, location, ready, take};
use crate::api::{Answer, Api, Call, assert_problem};

async fn ask(api: &Api, id: &str, action: &str, key: &str, body: &Value) -> Answer {
    let call = Call::new(Method::POST, &format!("/v1/stores/{id}/actions/{action}")).by(&api.admin);
    api.answer(call.header("idempotency-key", key).with(body)).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_guard_is_the_settings_unless_the_request_names_one_and_an_override_is_audited() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let newest = async || api.get("/v1/audit?store=my-shop").await.body["items"][0].clone();
    let (plain, none) = (json!({}), json!({ "guard": "none" }));
    let restart = json!({ "target": "all", "guard": "none" });
    for (action, body, guard) in [
        ("hibernate", &plain, "orders"),
        ("hibernate", &none, "none"),
        ("hibernate", &Value::Null, "orders"),
        ("restart", &json!({ "target": "all", "guard": null }), "orders"),
        ("restart", &restart, "none"),
    ] {
        let asked = ask(&api, &id, action, &format!("{action} {body}").replace(' ', ""), body).await;
        assert_eq!(
            (asked.status, &asked.body["guard"]),
            (StatusCode::ACCEPTED, &json!(guard)),
            "{}",
            asked.body
        );
        let audited = if guard == "none" { json!("none") } else { Value::Null };
        assert_eq!(newest().await["guard"], audited, "{action} {body}");
        end(&api, &id, Outcome::cut_off()).await;
    }
    let without_body = act(&api, &id, "hibernate").await;
    assert_eq!((without_body.status, &without_body.body["guard"]), (StatusCode::ACCEPTED, &json!("orders")));
    end(&api, &id, Outcome::cut_off()).await;
    let reset = act(&api, &id, "reset-password").await;
    assert_eq!(reset.body["guard"], Value::Null, "it takes the shop from nobody");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn another_guard_is_another_request_and_what_is_none_is_refused_with_all_else() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let wrong = json!({ "target": "redis", "guard": "off", "x": 1 });
    let refused = ask(&api, &id, "restart", "a", &wrong).await;
    assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let errors = refused.body["errors"].as_array().unwrap();
    let pointers: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/target", "/guard", "/x"]);
    for (action, body) in [("hibernate", json!({ "guard": 1 })), ("upgrade", json!({ "guard": "None" }))] {
        let refused = ask(&api, &id, action, "b", &body).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/guard");
    }

    let asked = ask(&api, &id, "hibernate", "k", &json!({ "guard": "orders" })).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    let again = ask(&api, &id, "hibernate", "k", &json!({ "guard": "orders" })).await;
    assert_eq!(again.body["id"], asked.body["id"]);
    let other = ask(&api, &id, "hibernate", "k", &json!({ "guard": "none" })).await;
    assert_problem(&other, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_that_waits_says_so_and_gives_way_to_the_same_without_a_guard() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let asked = act(&api, &id, "hibernate").await;
    let LeasedStore { store, claim } = take(&api, &id).await;
    let (now, busy) = (api.now(), Activity { orders: 2, checkouts: 1 });
    let waits = store.with_operation().unwrap().wait(now, now, busy);
    api.fixture.table.commit(&claim, &waits, &[], now).await.unwrap();
    api.fixture.table.release_interrupted_lease(&claim, now).await.unwrap();
    let shown = async || api.get(location(&asked)).await.body;
    let waiting = json!({ "since": now, "until": now, "orders": 2, "checkouts": 1 });
    assert_eq!((&shown().await["status"], &shown().await["waiting"]), (&json!("Pending"), &waiting));
    let store = api.get("/v1/stores/my-shop").await.body;
    assert_eq!((&store["status"], &store["power"]), (&json!("Ready"), &json!("Running")), "customers buy");

    let other = ask(&api, &id, "restart", "r", &json!({ "target": "all", "guard": "none" })).await;
    assert_problem(&other, StatusCode::CONFLICT, "operation-in-progress");
    api.jobs().await;
    let overridden = ask(&api, &id, "hibernate", "o", &json!({ "guard": "none" })).await;
    assert_eq!(overridden.status, StatusCode::ACCEPTED, "{}", overridden.body);
    let replaced = shown().await;
    assert_eq!((&replaced["status"], &replaced["waiting"]), (&json!("Failed"), &Value::Null));
    assert_eq!(replaced["failure"]["code"], "replaced");
    assert_eq!(api.get("/v1/stores/my-shop").await.body["operation"], overridden.body["id"]);
    assert_eq!(api.jobs().await.len(), 1, "a runner gets a job of it");
    let events = api.get("/v1/stores/my-shop/events").await.body;
    let events = events["items"].as_array().unwrap().iter().rev();
    let kinds: Vec<_> = events.take(2).map(|event| (&event["kind"], &event["operation"])).collect();
    let (requested, failed) = (json!("operation_requested"), json!("operation_failed"));
    assert_eq!(kinds, [(&requested, &overridden.body["id"]), (&failed, &asked.body["id"])]);
    assert_eq!(api.get("/v1/audit?store=my-shop").await.body["items"][0]["guard"], "none");
}
