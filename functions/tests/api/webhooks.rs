//! Webhooks over the API. What is delivered, and how, is tested in `functions/tests/webhooks`.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    store::slug::Slug,
    values::timestamp::Timestamp,
    webhook::{
        endpoint::{Endpoint, Reception},
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
        secret::PlatformKey,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::{Answer, Api, Call, PLATFORM_KEY, assert_problem, operator, token};

async fn make(api: &Api, caller: &SecretString, body: Value) -> Answer {
    api.call(Method::POST, "/v1/webhooks", Some(caller), Some(body)).await
}

fn hook() -> Value {
    json!({ "url": "https://example.com/hooks", "events": ["store.*"], "description": "Ops" })
}

fn path(made: &Answer) -> String {
    format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_secret_is_shown_at_creation_and_rotation_and_lies_nowhere() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let made = make(&api, &ada, hook()).await;
    assert_eq!((made.status, &made.body["owner"]), (StatusCode::CREATED, &json!("ada")), "{}", made.body);
    assert_eq!(made.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(made.headers[header::LOCATION].to_str().unwrap(), path(&made));
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let id = made.body["id"].as_str().unwrap().parse().unwrap();
    let endpoint: Endpoint = api.fixture.table.endpoint(id).await.unwrap().unwrap();
    let key = PlatformKey::parse(&PLATFORM_KEY.to_owned().into()).unwrap();
    assert_eq!(key.secret(id, endpoint.generation).text().expose_secret(), secret);

    let rotate = format!("{}/actions/rotate-secret", path(&made));
    let rotated = api.answer(Call::new(Method::POST, &rotate).by(&ada).header("idempotency-key", "k")).await;
    assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.body);
    assert_ne!(rotated.body["secret"], secret);
    let again = api.answer(Call::new(Method::POST, &rotate).by(&ada).header("idempotency-key", "k")).await;
    assert_eq!(
        (&again.headers["idempotency-replayed"], &again.body["secret"]),
        (&"true".parse().unwrap(), &rotated.body["secret"])
    );
    for place in [path(&made), "/v1/webhooks".into(), "/v1/audit".into()] {
        let shown = api.answer(Call::get(&place).by(&ada)).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(!shown.body.to_string().contains("whsec"), "{place}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_webhook_is_changed_in_the_version_that_was_read_and_each_change_is_audited() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let made = make(&api, &ada, hook()).await;
    let shown = api.answer(Call::get(&path(&made)).by(&ada)).await;
    let etag = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let known = api.answer(Call::get(&path(&made)).by(&ada).header("if-none-match", &etag)).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    let change = |etag: &str| {
        Call::new(Method::PATCH, &path(&made))
            .by(&ada)
            .header("if-match", etag)
            .with(&json!({ "events": ["operation.failed", "store.ready"] }))
    };
    let changed = api.answer(change(&etag)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.body["events"].as_array().unwrap().len(), 2);
    assert_eq!((&changed.body["description"], &changed.body["url"]), (&json!("Ops"), &hook()["url"]));
    assert_problem(&api.answer(change(&etag)).await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
    let test = api.call(Method::POST, &format!("{}/actions/test", path(&made)), Some(&ada), None).await;
    assert_eq!((test.status, &test.body["event"]), (StatusCode::ACCEPTED, &json!("webhook.test")));
    let delivery = test.headers[header::LOCATION].to_str().unwrap().to_owned();
    let shown = api.answer(Call::get(&delivery).by(&ada)).await;
    assert_eq!((&shown.body["status"], &shown.body["tries"]), (&json!("Due"), &json!([])));
    let retry = api.call(Method::POST, &format!("{delivery}/actions/retry"), Some(&ada), None).await;
    assert_eq!(retry.status, StatusCode::ACCEPTED, "{}", retry.body);
    let gone = api.call(Method::DELETE, &path(&made), Some(&ada), None).await;
    assert_eq!((gone.status, &gone.body), (StatusCode::NO_CONTENT, &Value::Null));
    assert_problem(
        &api.answer(Call::get(&path(&made)).by(&ada)).await,
        StatusCode::NOT_FOUND,
        "no-such-webhook",
    );
    let audit = api.answer(Call::get("/v1/audit").by(&ada)).await;
    let mut entries: Vec<_> = audit.body["items"].as_array().unwrap().iter().collect();
    // All at one time, by the test's clock: their numbers say their order.
    entries.retain(|entry| entry["action"].as_str().unwrap().starts_with("webhook."));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry["sequence"].as_u64()));
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = ["webhook.delete", "webhook.retry", "webhook.test", "webhook.update", "webhook.create"];
    assert_eq!(actions, expected, "{}", audit.body);
    assert!(entries.iter().all(|entry| entry["webhook"] == made.body["id"]));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn somebody_elses_webhook_is_not_there_and_only_admins_hear_of_all_stores() {
    let api = Api::new().await;
    let (ada, eve) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "eve", Role::Owner).await);
    let adas = make(&api, &ada, hook()).await;
    let all = make(&api, &api.admin, hook()).await;
    assert_eq!(all.body["owner"], Value::Null);
    let mut for_ada = hook();
    for_ada["owner"] = "ada".into();
    assert_eq!(make(&api, &api.admin, for_ada.clone()).await.body["owner"], "ada");
    assert_problem(&make(&api, &eve, for_ada).await, StatusCode::FORBIDDEN, "forbidden");
    for made in [&adas, &all] {
        for (method, end) in [
            (Method::GET, ""),
            (Method::PATCH, ""),
            (Method::DELETE, ""),
            (Method::POST, "/actions/test"),
            (Method::POST, "/actions/rotate-secret"),
            (Method::POST, "/actions/enable"),
            (Method::POST, "/actions/replay"),
            (Method::GET, "/deliveries"),
            (Method::GET, "/deliveries/x"),
            (Method::POST, "/deliveries/x/actions/retry"),
        ] {
            let answer = api.call(method, &format!("{}{end}", path(made)), Some(&eve), None).await;
            assert_problem(&answer, StatusCode::NOT_FOUND, "no-such-webhook");
        }
    }
    let seen = async |caller: &SecretString| {
        api.answer(Call::get("/v1/webhooks").by(caller)).await.body["items"].as_array().unwrap().len()
    };
    assert_eq!((seen(&ada).await, seen(&eve).await, seen(&api.admin).await), (2, 0, 3));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_wrong_with_a_webhook_is_said() {
    let api = Api::new().await;
    let wrong = |field: &str, value: Value| {
        let mut body = hook();
        body[field] = value;
        body
    };
    for (field, value) in [
        ("url", json!("ftp://example.com")),
        ("url", json!("https://user:secret@example.com")),
        ("url", json!("https://10.0.0.1/")),
        ("url", json!("https://169.254.169.254/latest")),
        ("url", json!("https://example.com:22/")),
        ("events", json!([])),
        ("events", json!(["store.unknown"])),
        ("events", json!("store.*")),
        ("description", json!("a\u{1b}[2J")),
        ("secret", json!("mine")),
    ] {
        let answer = make(&api, &api.admin, wrong(field, value)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(answer.body["errors"][0]["pointer"], format!("/{field}"), "{}", answer.body);
    }
    // All of it at once, at creation and at a change.
    let body = json!({ "url": "http://10.0.0.1", "events": ["store.unknown"], "description": "\u{7}" });
    let pointers = |answer: &Answer| -> Vec<String> {
        assert_problem(answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let errors = answer.body["errors"].as_array().unwrap().iter();
        errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["/url", "/events", "/description"];
    assert_eq!(pointers(&make(&api, &api.admin, body.clone()).await), all);
    let made = make(&api, &api.admin, hook()).await;
    let changed = api.answer(Call::new(Method::PATCH, &path(&made)).by(&api.admin).with(&body)).await;
    assert_eq!(pointers(&changed), all);
    for _ in 1..10 {
        assert_eq!(make(&api, &api.admin, hook()).await.status, StatusCode::CREATED);
    }
    let full = make(&api, &api.admin, hook()).await;
    assert_problem(&full, StatusCode::TOO_MANY_REQUESTS, "webhook-quota");
    assert_eq!(full.body["limit"], 10);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_webhook_that_was_disabled_is_enabled_and_told_of_what_it_missed() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let made = make(&api, &ada, hook()).await;
    let id = made.body["id"].as_str().unwrap().parse().unwrap();
    let now = api.now();
    api.fixture.table.endpoint_tried(id, Reception::Gone, &operator(), now).await.unwrap();
    let shown = api.answer(Call::get(&path(&made)).by(&ada)).await;
    assert_eq!((&shown.body["enabled"], &shown.body["disabledReason"]), (&json!(false), &json!("gone")));
    let store = api.fixture.ready_store().await;
    let replay = || {
        let call = Call::new(Method::POST, &format!("{}/actions/replay", path(&made)));
        call.by(&ada).with(&json!({ "since": "2026-01-31T09:30:00Z" }))
    };
    assert_problem(&api.answer(replay()).await, StatusCode::CONFLICT, "webhook-conflict");
    let enabled = api.call(Method::POST, &format!("{}/actions/enable", path(&made)), Some(&ada), None).await;
    assert_eq!((enabled.status, &enabled.body["enabled"]), (StatusCode::OK, &json!(true)));
    let again = api.answer(replay()).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &json!({ "replayed": 1, "next": null })));
    assert_eq!(api.answer(replay()).await.body["replayed"], 0, "it is due already");
    let deliveries = api.answer(Call::get(&format!("{}/deliveries", path(&made))).by(&ada)).await;
    assert_eq!(deliveries.body["items"][0]["store"], store.id.as_str());
    assert_eq!(deliveries.body["items"][0]["event"], "store.ready");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_replay_gets_past_any_number_of_events_of_one_time() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let made = make(&api, &ada, hook()).await;
    // As of a sweep that finds hundreds of stores down at once.
    let (then, later) = (api.now(), api.now().plus(Duration::from_secs(1)));
    for (count, at) in [(250, then), (1, later)] {
        for number in 0..count {
            api.fixture.put_item(notice_item(at, number)).await;
        }
    }
    let (mut since, mut replayed, mut requests) = (json!(then), 0, 0);
    while !since.is_null() {
        let call = Call::new(Method::POST, &format!("{}/actions/replay", path(&made)));
        let answer = api.answer(call.by(&ada).with(&json!({ "since": since }))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        replayed += answer.body["replayed"].as_u64().unwrap();
        since = answer.body["next"].clone();
        requests += 1;
        assert!(requests <= 3, "it does not get on: {since}");
    }
    assert_eq!(replayed, 251);
}

/// Number `number` of the notices to ada of this time.
fn notice_item(at: Timestamp, number: u64) -> HashMap<String, AttributeValue> {
    let milliseconds = u64::try_from(at.as_milliseconds()).unwrap();
    let id = Uuid::from_u64_pair(milliseconds << 16 | 0x7000, 0x8000_0000_0000_0000 | number);
    let subject = NoticeSubject::Store {
        store: Slug::parse("my-shop").unwrap(),
        uid: Uuid::from_u128(1),
        owner: "ada".into(),
        sequence: number + 1,
    };
    let notice = Notice { id, at, subject, occurrence: Occurrence::StoreDeleted };
    let text = |text: String| AttributeValue::S(text);
    HashMap::from([
        ("pk".into(), text("NOTICES#ada".into())),
        ("sk".into(), text(id.to_string())),
        ("kind".into(), text("Notice".into())),
        ("created".into(), text(at.to_string())),
        ("notice".into(), text(serde_json::to_string(&notice).unwrap())),
    ])
}
