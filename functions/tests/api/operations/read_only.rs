//! What is answered of a store to whoever asks, for a short time.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::{
    operation::ReadOnlyKind,
    operation::{
        Answer as OperationAnswer, OperationKey,
        credentials::{Credentials, PrivateKey},
    },
    queue::job::Job,
};
use serde_json::{Value, json};

use crate::{
    api::{Answer, Api, Call, assert_problem},
    operations::exclusive::{location, ready, restart},
};

const TIME: Duration = Duration::from_secs(30);
const KEPT: Duration = Duration::from_secs(600);

fn key() -> Value {
    serde_json::to_value(PrivateKey::generate().unwrap().public_key()).unwrap()
}

fn reveal(api: &Api, id: &str, key: &Value) -> Call {
    let path = format!("/v1/stores/{id}/actions/reveal-credentials");
    Call::new(Method::POST, &path).by(&api.admin).with(&json!({ "publicKey": key }))
}

/// Answers what was asked for, as a runner would.
pub(crate) async fn answer(api: &Api, asked: &Answer, id: &str) -> OperationAnswer {
    let table = &api.fixture.table;
    let store = table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let operation = asked.body["id"].as_str().unwrap().parse().unwrap();
    let key = OperationKey { store: store.id, uid: store.uid, operation };
    let taken = table.claim_operation(&key, "runner", api.now(), TIME).await.unwrap();
    let credentials = Credentials { user: "admin".into(), password: "secret".into(), next_password: None };
    let recorded = OperationAnswer::Credentials(
        credentials.seal(PrivateKey::generate().unwrap().public_key(), &key).unwrap(),
    );
    table.end_operation(&taken.claim, taken.operation, Ok(recorded.clone()), api.now()).await.unwrap();
    recorded
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn credentials_are_asked_for_and_told_for_ten_minutes() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let asked = api.answer(reveal(&api, &id, &key())).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!(
        (&asked.body["action"], &asked.body["status"], &asked.body["answer"]),
        (&json!("reveal-credentials"), &json!("Pending"), &Value::Null)
    );
    let jobs = api.jobs().await;
    assert_eq!(jobs.len(), 1);
    let Job::ReadOnly { operation, kind } = &jobs[0] else { panic!("{jobs:?}") };
    assert_eq!(
        (*kind, operation.operation.to_string()),
        (ReadOnlyKind::RevealCredentials, asked.body["id"].as_str().unwrap().to_owned())
    );

    let recorded = answer(&api, &asked, &id).await;
    let ended = api.get(location(&asked)).await.body;
    assert_eq!(
        (&ended["status"], &ended["answer"]),
        (&json!("Succeeded"), &serde_json::to_value(recorded).unwrap())
    );
    assert_eq!(ended["result"]["answered"]["until"], json!(api.now().plus(KEPT)));
    let listed = api.get("/v1/stores/my-shop/operations").await.body;
    assert_eq!(
        (&listed["items"][0]["status"], &listed["items"][0]["answer"]),
        (&json!("Succeeded"), &Value::Null)
    );

    api.pass(KEPT);
    let later = api.get(location(&asked)).await.body;
    assert_eq!(
        (&later["result"], &later["answer"]),
        (&ended["result"], &Value::Null),
        "it is kept that it was answered"
    );
    let events = api.get("/v1/stores/my-shop/events").await.body;
    let messages: Vec<_> =
        events["items"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "root asked for a look at the administrator's credentials.",
            "A look at the administrator's credentials was given."
        ]
    );
    let audit = api.get("/v1/audit?store=my-shop").await;
    assert_eq!(audit.body["items"][0]["action"], "store.reveal-credentials");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_key_of_another_kind_is_refused_where_it_stands() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let changed = |name: &str, value: Value| {
        let mut key = key();
        key[name] = value;
        key
    };
    for (key, why) in [
        (json!("AAAA"), "must be an object"),
        (json!({ "kty": "EC", "crv": "P-256" }), "missing field `x`"),
        (changed("kty", json!("RSA")), "must be a public key of `kty` `EC`"),
        (changed("crv", json!("P-521")), "must be a public key of `kty` `EC`"),
        (changed("x", json!("AA==")), "must have 32 bytes in base64url"),
        (changed("y", json!("A".repeat(43))), "must be a point on P-256"),
        (changed("d", json!("A".repeat(43))), "has a private key"),
    ] {
        let refused = api.answer(reveal(&api, &id, &key)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let error = &refused.body["errors"][0];
        assert_eq!(error["pointer"], "/publicKey");
        assert!(error["detail"].as_str().unwrap().starts_with(why), "{error}");
    }
    // What a browser's own export says beside the key is no matter.
    let exported = changed("key_ops", json!([]));
    assert_eq!(api.answer(reveal(&api, &id, &exported)).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn credentials_are_reported_of_a_store_that_is_up_whatever_else_it_is_busy_with_but_a_reset() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let refused = api.answer(reveal(&api, "my-shop", &key())).await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("Ready"), "{}", refused.body);

    let id = ready(&api, "Other Shop", &api.admin).await;
    assert_eq!(api.answer(restart(&id, "all", &api.admin)).await.status, StatusCode::ACCEPTED);
    for _ in 0..2 {
        assert_eq!(api.answer(reveal(&api, &id, &key())).await.status, StatusCode::ACCEPTED);
    }
    let id = ready(&api, "Third Shop", &api.admin).await;
    let reset = format!("/v1/stores/{id}/actions/reset-password");
    assert_eq!(api.call(Method::POST, &reset, Some(&api.admin), None).await.status, StatusCode::ACCEPTED);
    let refused = api.answer(reveal(&api, &id, &key())).await;
    assert_problem(&refused, StatusCode::CONFLICT, "operation-in-progress");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn asked_again_with_its_key_it_is_one_inquiry_and_with_another_recipient_none() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    let (one, other) = (key(), key());
    let keyed = |key: &Value| api.answer(reveal(&api, &id, key).header("idempotency-key", "k"));
    let first = keyed(&one).await;
    let again = keyed(&one).await;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &first.body));
    assert!(again.headers.contains_key("idempotency-replayed"));
    assert_eq!(api.jobs().await.len(), 2, "a runner gets one more job");
    assert_problem(&keyed(&other).await, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    answer(&api, &first, &id).await;
    assert_eq!(keyed(&one).await.body["status"], "Succeeded");
    assert!(api.jobs().await.is_empty(), "there is nothing left to do");
}
