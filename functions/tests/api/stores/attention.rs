//! What needs somebody, as callers see it.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    health::{Assessment, AssessmentCounts, Health, HealthChange, Omitted},
    lease::HealthSweepClaim,
    operation::{End, ExclusiveRequest, Outcome},
    store::{Store, slug::Slug},
    table::HealthSweepLease,
};
use functions::config::{Limits, Settings};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use testkit::meter::Meter;

use crate::{
    api::{Answer, Api, Call, assert_problem, often, token},
    samples::{fail, ready, take},
};

const INTERVAL: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_secs(600);

async fn attention(api: &Api, by: &SecretString, query: &str) -> Vec<Value> {
    let answer = api.answer(Call::get("/v1/attention").asking(query).by(by)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

/// What the entries are of, and about.
async fn recorded(api: &Api, by: &SecretString, query: &str) -> Vec<String> {
    let entries = attention(api, by, query).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries.iter().map(|entry| format!("{} {}", text(&entry["store"]), text(&entry["cause"]))).collect()
}

async fn store(api: &Api, id: &str) -> Store {
    api.fixture.table.store(&Slug::parse(id).unwrap()).await.unwrap().unwrap()
}

async fn sweeps(api: &Api) -> HealthSweepClaim {
    let taken = api.fixture.table.claim_health_sweep("runner", api.now(), LEASE, INTERVAL).await.unwrap();
    let HealthSweepLease::Claimed(claim) = taken else { panic!("{taken:?}") };
    claim
}

/// What a runner writes of a sweep that found `id` so.
async fn find(api: &Api, claim: &HealthSweepClaim, id: &str, assessment: Assessment, reason: &str) {
    let (table, now, store) = (&api.fixture.table, api.now(), store(api, id).await);
    let reasons = if reason.is_empty() { Vec::new() } else { vec![reason.to_owned()] };
    let health = Health {
        assessment,
        reasons,
        pods: Vec::new(),
        volumes: Vec::new(),
        quota: Vec::new(),
        page_failure: None,
        mail: None,
        omitted: Omitted::default(),
    };
    let before = table.health(&store.id, store.uid).await.unwrap();
    let change =
        HealthChange::between(before.as_ref(), health, (&store.id, store.uid, &store.owner), now).unwrap();
    assert!(table.record_health(claim, &[change]).await.unwrap().is_empty());
    let mut seen = AssessmentCounts::default();
    seen.add(assessment);
    let (_, counts) = table.fleet().await.unwrap();
    table.end_health_sweep(claim, now, (&seen, &counts), now.plus(LEASE)).await.unwrap();
}

async fn post(api: &Api, path: &str, by: &SecretString, body: &Value) -> Answer {
    api.answer(Call::new(Method::POST, path).by(by).with(body)).await
}

async fn mute(api: &Api, id: &str, by: &SecretString) -> Answer {
    let body = json!({ "until": api.now().plus(LEASE), "reason": "known" });
    post(api, &format!("/v1/stores/{id}/actions/mute"), by, &body).await
}

/// Three stores: one of ada's that failed and one that is up, and one of bob's that is up.
async fn some() -> (Api, SecretString, SecretString) {
    let api = Api::new().await;
    let (ada, bob) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "bob", Role::Owner).await);
    for (name, by) in [("Ada Broken", &ada), ("Ada Up", &ada), ("Bob Up", &bob)] {
        assert_eq!(api.create(name, by).await.status, StatusCode::ACCEPTED);
    }
    fail(&api, "ada-broken").await;
    ready(&api, "ada-up").await;
    ready(&api, "bob-up").await;
    (api, ada, bob)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_needs_somebody_is_reported_with_why_and_what_helps_and_ends_with_its_cause() {
    let (api, ada, bob) = some().await;
    let claim = sweeps(&api).await;
    find(&api, &claim, "bob-up", Assessment::Down, "There is no pod of mysql.").await;
    assert_eq!(recorded(&api, &ada, "").await, ["ada-broken failed"]);
    assert_eq!(recorded(&api, &bob, "").await, ["bob-up down"]);
    assert_eq!(recorded(&api, &api.admin, "").await.len(), 2);
    assert_eq!(recorded(&api, &api.admin, "owner=ada").await, ["ada-broken failed"]);
    let entry = &attention(&api, &bob, "").await[0];
    assert_eq!(entry["why"], "There is no pod of mysql.");
    assert_eq!((&entry["action"], &entry["href"]), (&json!("restart"), &json!("/v1/stores/bob-up/health")));
    let others = api.answer(Call::get("/v1/attention").asking("owner=bob").by(&ada)).await;
    assert_problem(&others, StatusCode::FORBIDDEN, "forbidden");

    find(&api, &claim, "bob-up", Assessment::Healthy, "").await;
    assert_eq!(recorded(&api, &bob, "").await, Vec::<String>::new());
    let retried = post(&api, "/v1/stores/ada-broken/actions/retry", &ada, &json!({})).await;
    assert_eq!(retried.status, StatusCode::ACCEPTED);
    assert_eq!(recorded(&api, &api.admin, "").await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_deleted_is_in_it_no_more_from_that_moment() {
    let (api, ada, _) = some().await;
    let claim = sweeps(&api).await;
    find(&api, &claim, "ada-up", Assessment::Degraded, "Something is not as it should be.").await;
    for id in ["ada-up", "ada-broken"] {
        let delete = Call::new(Method::DELETE, &format!("/v1/stores/{id}")).by(&ada);
        assert_eq!(api.answer(delete).await.status, StatusCode::ACCEPTED);
    }
    assert_eq!(recorded(&api, &api.admin, "muted=true").await, Vec::<String>::new());
    // What its end leaves in the table is nothing.
    let (table, up) = (&api.fixture.table, store(&api, "ada-up").await);
    table.expire_history(&up.id, up.uid, api.now()).await.unwrap();
    assert_eq!(table.attention_of_store(&up, api.now()).await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_that_failed_needs_somebody_for_a_day_or_until_the_same_succeeds() {
    let (api, ada, _) = some().await;
    let ends = async |outcome| {
        let table = &api.fixture.table;
        let up = store(&api, "ada-up").await;
        api.fixture.request_operation(&up, ExclusiveRequest::ResetPassword).await;
        let claim = take(&api, "ada-up").await;
        let end = End { at: api.now(), outcome };
        let ends = store(&api, "ada-up").await.with_operation().unwrap().end(end);
        table.commit(&claim, &ends, &[], api.now()).await.unwrap();
    };
    ends(Outcome::cut_off()).await;
    let entry = &attention(&api, &ada, "").await[1];
    assert_eq!((&entry["cause"], &entry["action"]), (&json!("operation_failed"), &json!("logs")));
    let operation = entry["operation"].as_str().unwrap();
    assert_eq!(entry["href"], format!("/v1/stores/ada-up/operations/{operation}"));
    ends(Outcome::Succeeded(domain::operation::OperationResult::PasswordReset { user: "admin".into() }))
        .await;
    assert_eq!(recorded(&api, &ada, "").await, ["ada-broken failed"]);
    ends(Outcome::cut_off()).await;
    assert_eq!(recorded(&api, &ada, "").await.len(), 2);
    api.pass(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(recorded(&api, &ada, "").await, ["ada-broken failed"]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_in_progress_without_a_change_for_five_minutes_is_slow_and_comes_last() {
    let (api, ada, bob) = some().await;
    api.create("Ada New", &ada).await;
    assert_eq!(recorded(&api, &ada, "").await, ["ada-broken failed"]);
    api.pass(Duration::from_secs(301));
    assert_eq!(recorded(&api, &ada, "").await, ["ada-broken failed", "ada-new slow"]);
    assert_eq!(recorded(&api, &bob, "").await, Vec::<String>::new());
    let first = api.answer(Call::get("/v1/attention").asking("limit=1").by(&ada)).await.body;
    assert_eq!(first["items"][0]["store"], "ada-broken");
    let cursor = first["nextCursor"].as_str().unwrap();
    let second =
        api.answer(Call::get("/v1/attention").asking(&format!("limit=1&cursor={cursor}")).by(&ada)).await;
    assert_eq!(second.body["items"][0]["store"], "ada-new");
    assert_eq!(second.body["nextCursor"], Value::Null);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_mute_is_audited_and_ends_at_its_time_or_when_the_cause_becomes_another() {
    let (api, _, bob) = some().await;
    let claim = sweeps(&api).await;
    assert_problem(&mute(&api, "bob-up", &bob).await, StatusCode::CONFLICT, "conflict");
    find(&api, &claim, "bob-up", Assessment::Degraded, "One pod is not ready.").await;
    let muted = mute(&api, "bob-up", &bob).await;
    assert_eq!(muted.status, StatusCode::OK, "{}", muted.body);
    assert_eq!(muted.body["items"][0]["muted"]["reason"], "known");
    assert_eq!(recorded(&api, &bob, "").await, Vec::<String>::new());
    assert_eq!(attention(&api, &bob, "muted=true").await[0]["muted"]["by"], "bob");
    let audit = api.answer(Call::get("/v1/audit").asking("store=bob-up").by(&bob)).await;
    assert_eq!(audit.body["items"][0]["action"], "store.mute");

    // The same cause for another reason stays muted.
    find(&api, &claim, "bob-up", Assessment::Degraded, "Another pod is not ready.").await;
    assert_eq!(recorded(&api, &bob, "").await, Vec::<String>::new());
    assert_eq!(attention(&api, &bob, "muted=true").await[0]["why"], "Another pod is not ready.");
    find(&api, &claim, "bob-up", Assessment::Down, "There is no pod of mysql.").await;
    assert_eq!(recorded(&api, &bob, "").await, ["bob-up down"]);

    mute(&api, "bob-up", &bob).await;
    assert_eq!(recorded(&api, &bob, "").await, Vec::<String>::new());
    api.pass(LEASE);
    assert_eq!(recorded(&api, &bob, "").await, ["bob-up down"], "it has ended by itself");
    mute(&api, "bob-up", &bob).await;
    let heard = post(&api, "/v1/stores/bob-up/actions/unmute", &bob, &json!({})).await;
    assert_eq!((heard.status, &heard.body["items"][0]["muted"]), (StatusCode::OK, &Value::Null));
    assert_eq!(recorded(&api, &bob, "").await, ["bob-up down"]);
    let audit = api.answer(Call::get("/v1/audit").asking("store=bob-up").by(&bob)).await;
    assert_eq!(audit.body["items"][0]["action"], "store.unmute");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_mute_is_done_once_under_its_key_and_what_is_wrong_with_it_is_reported() {
    let (api, ada, _) = some().await;
    let path = "/v1/stores/ada-broken/actions/mute";
    let body = json!({ "until": api.now().plus(LEASE), "reason": "known" });
    let call = || Call::new(Method::POST, path).by(&ada).header("idempotency-key", "k").with(&body);
    assert!(!api.answer(call()).await.headers.contains_key("idempotency-replayed"));
    let second = api.answer(call()).await;
    assert_eq!(
        (second.status, &second.headers["idempotency-replayed"]),
        (StatusCode::OK, &"true".parse().unwrap())
    );
    let audit = api.answer(Call::get("/v1/audit").asking("store=ada-broken").by(&ada)).await;
    let mutes =
        audit.body["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "store.mute");
    assert_eq!(mutes.count(), 1);

    let other = json!({ "until": api.now().plus(LEASE), "reason": "another" });
    let other = Call::new(Method::POST, path).by(&ada).header("idempotency-key", "k").with(&other);
    assert_problem(&api.answer(other).await, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    for (until, reason) in [
        (json!(api.now()), json!("known")),
        (json!(api.now().plus(Duration::from_secs(31 * 24 * 3600))), json!("known")),
        (json!("soon"), json!("known")),
        (json!(api.now().plus(LEASE)), json!(" ")),
        (json!(api.now().plus(LEASE)), json!("x".repeat(201))),
        (json!(api.now().plus(LEASE)), json!("two\nlines")),
    ] {
        let answer = post(&api, path, &ada, &json!({ "until": until, "reason": reason })).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    }
    let stale = Call::new(Method::POST, path).by(&ada).header("if-match", "\"other\"").with(&body);
    assert_problem(&api.answer(stale).await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_it_costs_does_not_grow_with_the_fleet_and_an_answer_that_is_known_is_not_sent_again() {
    let (meter, fixture) = Meter::over(&testkit::fixture::Fixture::new().await);
    let limits = Limits { platform_stores: 20, owner_stores: 20 };
    let settings = Settings { rates: often(), limits, ..Settings::default() };
    let queue = fixture.queue.clone();
    let api = Api::over(fixture, queue, settings).await;
    let cost = async || {
        let _ = meter.take();
        let answer = api.get("/v1/attention").await;
        (answer, meter.take().read)
    };
    // The function looks the token up once.
    cost().await;
    let (_, of_none) = cost().await;
    for each in 0..10 {
        assert_eq!(api.create(&format!("Shop {each}"), &api.admin).await.status, StatusCode::ACCEPTED);
        ready(&api, &format!("shop-{each}")).await;
    }
    let (answer, of_ten) = cost().await;
    println!("nothing needs attention: {of_none} read units of no stores, {of_ten} of 10 stores");
    assert!((of_none - of_ten).abs() < f64::EPSILON, "{of_none} {of_ten}");

    let etag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
    for path in ["/v1/attention", "/v1/summary", "/v1/stores", "/v1/tokens", "/v1/audit", "/v1/webhooks"] {
        let first = api.get(path).await;
        let etag = first.headers[header::ETAG].to_str().unwrap();
        let again = api.answer(Call::get(path).by(&api.admin).header("if-none-match", etag)).await;
        assert_eq!((again.status, again.body), (StatusCode::NOT_MODIFIED, Value::Null), "{path}");
    }
    api.create("Broken", &api.admin).await;
    fail(&api, "broken").await;
    let news = api.answer(Call::get("/v1/attention").by(&api.admin).header("if-none-match", &etag)).await;
    assert_eq!((news.status, &news.body["items"][0]["store"]), (StatusCode::OK, &json!("broken")));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_summary_counts_what_the_sweep_saw_and_an_owners_own_as_they_are() {
    let (api, ada, _) = some().await;
    let none = api.get("/v1/summary").await.body;
    assert_eq!((&none["observedAt"], &none["total"]), (&Value::Null, &json!(0)), "nobody has looked");
    let claim = sweeps(&api).await;
    find(&api, &claim, "ada-up", Assessment::Down, "There is no pod of mysql.").await;
    let all = api.get("/v1/summary").await.body;
    assert_eq!(all["status"], json!({ "provisioning": 0, "ready": 2, "failed": 1, "deleting": 0 }));
    assert_eq!((&all["total"], &all["power"]["running"]), (&json!(3), &json!(2)));
    // No sweep has seen bob's yet.
    let health = json!({ "healthy": 0, "degraded": 0, "down": 1, "missing": 0, "unknown": 1 });
    assert_eq!((&all["health"], &all["isOfObservation"]), (&health, &json!(true)));
    assert_eq!(all["isHealthCurrent"], json!(true));
    assert_eq!(all["observedAt"], json!(api.now()));

    api.create("Ada New", &ada).await;
    assert_eq!(api.get("/v1/summary").await.body["total"], 3, "it is of the time that it says");
    let own = api.answer(Call::get("/v1/summary").by(&ada)).await.body;
    assert_eq!(own["status"], json!({ "provisioning": 1, "ready": 1, "failed": 1, "deleting": 0 }));
    assert_eq!((&own["health"]["down"], &own["health"]["healthy"]), (&json!(1), &json!(0)));
    assert_eq!(own["isOfObservation"], json!(false));

    api.pass(INTERVAL * 3 + Duration::from_millis(1));
    for by in [&ada, &api.admin] {
        let late = api.answer(Call::get("/v1/summary").by(by)).await.body;
        let running = if by.expose_secret() == ada.expose_secret() { 1 } else { 2 };
        let unknown = json!({ "healthy": 0, "degraded": 0, "down": 0, "missing": 0, "unknown": running });
        assert_eq!((&late["health"], &late["isHealthCurrent"]), (&unknown, &json!(false)));
    }
}
