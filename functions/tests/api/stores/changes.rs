//! Changes of stores that are sent again, are meant for one version, or come after a failure.

use std::{collections::HashSet, time::Duration};

use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    provisioning::{failure::Cleanup, step::Step},
    store::state::Provisioning,
    table::LeasedStore,
    values::{country::Country, currency::Currency, locale::Locale, market::Market, timestamp::Timestamp},
};
use functions::config::{Limits, Settings};
use secrecy::SecretString;
use serde_json::json;
use testkit::fixture::{Fixture, failure};

use crate::api::{Answer, Api, Call, assert_problem, often, token};

const REPLAYED: &str = "idempotency-replayed";
const LEASE: Duration = Duration::from_secs(30);

async fn api(platform_stores: u32, owner_stores: u32) -> Api {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let limits = Limits { platform_stores, owner_stores };
    Api::over(fixture, queue, Settings { limits, rates: often(), ..Settings::default() }).await
}

fn create(name: &str, key: &str, by: &SecretString) -> Call {
    let body = json!({ "name": name, "adminEmail": "owner@example.com" });
    Call::new(Method::POST, "/v1/stores").by(by).header("idempotency-key", key).with(&body)
}

fn delete(id: &str, by: &SecretString) -> Call {
    Call::new(Method::DELETE, &format!("/v1/stores/{id}")).by(by)
}

fn retry(id: &str, by: &SecretString) -> Call {
    Call::new(Method::POST, &format!("/v1/stores/{id}/actions/retry")).by(by)
}

/// Lets the store fail at `step`, as a runner would.
async fn fail(api: &Api, id: &str, step: Step, cleanup: Cleanup) {
    let table = &api.fixture.table;
    let now = Timestamp::now().plus(LEASE);
    let store = table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let LeasedStore { claim, .. } = table.acquire_lease(&store, "runner", now, LEASE).await.unwrap();
    table.commit(&claim, &Provisioning::new().fail(failure(step, cleanup)), &[], now).await.unwrap();
    table.release_lease(&claim, now).await.ok();
}

/// Takes the store away, as a runner would.
async fn end(api: &Api, id: &str) {
    let store = api.fixture.table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    api.fixture.delete(&store).await;
}

async fn counts(api: &Api, owner: &str) -> (u64, u64) {
    let table = &api.fixture.table;
    (table.platform_count().await.unwrap(), table.owner_count(owner).await.unwrap())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_create_that_is_sent_again_with_its_key_makes_one_store() {
    let api = api(10, 10).await;
    let first = api.answer(create("My Shop", "k", &api.admin)).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    assert!(!first.headers.contains_key(REPLAYED));
    // White space in the body makes no other request.
    let again = Call::new(Method::POST, "/v1/stores")
        .by(&api.admin)
        .header("idempotency-key", "k")
        .with(&json!({ "adminEmail": "owner@example.com", "name": "My Shop" }));
    let again = api.answer(again).await;
    assert_eq!((again.status, &again.headers[REPLAYED]), (StatusCode::ACCEPTED, &"true".parse().unwrap()));
    assert_eq!(
        (&again.body, &again.headers[header::LOCATION]),
        (&first.body, &first.headers[header::LOCATION])
    );
    assert_eq!(counts(&api, "root").await, (1, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_creates_with_one_key_at_once_one_is_carried_out_and_all_get_its_answer() {
    let api = api(10, 10).await;
    let creates =
        (0..20).map(|_| api.restarted(Settings { rates: often(), ..Settings::default() })).map(|instance| {
            tokio::spawn(async move { instance.answer(create("My Shop", "k", &instance.admin)).await })
        });
    let (mut uids, mut replayed) = (HashSet::new(), 0);
    for create in creates.collect::<Vec<_>>() {
        let answer = create.await.unwrap();
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        uids.insert(answer.body["uid"].to_string());
        replayed += usize::from(answer.headers.contains_key(REPLAYED));
    }
    assert_eq!((uids.len(), replayed), (1, 19));
    assert_eq!(counts(&api, "root").await, (1, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_key_stands_for_one_request_of_one_caller_for_a_day() {
    let api = api(10, 10).await;
    let eve = token(&api.fixture, "eve", Role::Owner).await;
    assert_eq!(api.answer(create("My Shop", "k", &api.admin)).await.status, StatusCode::ACCEPTED);
    let other = api.answer(create("Other Shop", "k", &api.admin)).await;
    assert_problem(&other, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    let elsewhere = api.answer(retry("my-shop", &api.admin).header("idempotency-key", "k")).await;
    assert_problem(&elsewhere, StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused");
    let of_eve = api.answer(create("Eves Shop", "k", &eve)).await;
    assert!(!of_eve.headers.contains_key(REPLAYED));

    api.pass(Duration::from_secs(24 * 3600));
    assert!(api.answer(create("My Shop", "k", &api.admin)).await.headers.contains_key(REPLAYED));
    api.pass(Duration::from_secs(2 * 3600));
    let forgotten = api.answer(create("My Shop", "k", &api.admin)).await;
    assert_problem(&forgotten, StatusCode::CONFLICT, "name-taken");
    assert_eq!(api.answer(create("Third Shop", "k", &api.admin)).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_speaks_and_sells_as_its_request_says_or_else_as_the_settings_do() {
    let platform = api(10, 10).await;
    let market = Market {
        locale: Some(Locale::parse("de_DE").unwrap()),
        country: Some(Country::parse("DE").unwrap()),
        currency: Some(Currency::parse("EUR").unwrap()),
    };
    let german = platform.restarted(Settings { market, rates: often(), ..Settings::default() });
    for (number, api, asked, made) in [
        (1, &platform, json!({}), json!([null, null, null])),
        (2, &platform, json!({ "country": "JP" }), json!([null, "JP", null])),
        (3, &german, json!({}), json!(["de_DE", "DE", "EUR"])),
        (4, &german, json!({ "country": "CH", "currency": null }), json!(["de_DE", "CH", "EUR"])),
        (
            5,
            &german,
            json!({ "locale": "fr_FR", "country": "CH", "currency": "CHF" }),
            json!(["fr_FR", "CH", "CHF"]),
        ),
    ] {
        let mut body = asked.clone();
        body["name"] = format!("Shop Number {number}").into();
        body["adminEmail"] = "owner@example.com".into();
        let key = format!("key-{number}");
        let call = |body: &serde_json::Value| {
            let call = Call::new(Method::POST, "/v1/stores").by(&api.admin);
            call.header("idempotency-key", &key).with(body)
        };
        let created = api.answer(call(&body)).await;
        assert_eq!(created.status, StatusCode::ACCEPTED, "{}", created.body);
        let shown = api.answer(Call::get(&format!("/v1/stores/shop-number-{number}")).by(&api.admin)).await;
        for answer in [&created, &shown] {
            let shows = ["locale", "country", "currency"].map(|name| answer.body[name].clone());
            assert_eq!(json!(shows), made, "{asked}");
        }
        // Another market is another request.
        body["currency"] = "SEK".into();
        assert_problem(
            &api.answer(call(&body)).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
        );
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_key_whose_store_is_gone_makes_no_second_one() {
    let api = api(10, 10).await;
    let first = api.answer(create("My Shop", "k", &api.admin)).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    end(&api, "my-shop").await;
    // Neither while nobody has the name, nor once another store has it.
    for _ in 0..2 {
        let replay = api.answer(create("My Shop", "k", &api.admin)).await;
        assert_problem(&replay, StatusCode::CONFLICT, "conflict");
        assert!(replay.body["detail"].as_str().unwrap().contains("idempotency key"), "{}", replay.body);
        let other = api.answer(create("My Shop", "another-key", &api.admin)).await;
        assert_eq!(other.status, StatusCode::ACCEPTED, "{}", other.body);
    }
    assert_eq!(counts(&api, "root").await, (1, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_several_reasons_against_a_create_the_one_that_waiting_changes_least_is_reported() {
    let api = api(2, 1).await;
    let (ada, eve, bob) = (
        token(&api.fixture, "ada", Role::Owner).await,
        token(&api.fixture, "eve", Role::Owner).await,
        token(&api.fixture, "bob", Role::Owner).await,
    );
    assert_eq!(api.answer(create("Adas Shop", "k", &ada)).await.status, StatusCode::ACCEPTED);
    assert_eq!(api.create("Eves Shop", &eve).await.status, StatusCode::ACCEPTED);
    // All four stand against the first of these, three against the second, and so on.
    let replay = api.answer(create("Adas Shop", "k", &ada)).await;
    assert_eq!(replay.status, StatusCode::ACCEPTED, "{}", replay.body);
    let name = api.answer(create("Adas Shop", "l", &ada)).await;
    assert_problem(&name, StatusCode::CONFLICT, "name-taken");
    let owner = api.answer(create("Another Shop", "m", &ada)).await;
    assert_problem(&owner, StatusCode::TOO_MANY_REQUESTS, "owner-quota");
    assert_eq!(owner.body["limit"], 1);
    let platform = api.answer(create("Another Shop", "n", &bob)).await;
    assert_problem(&platform, StatusCode::TOO_MANY_REQUESTS, "platform-quota");
    // What was refused has used up nothing, its key included.
    assert_eq!((counts(&api, "ada").await, counts(&api, "bob").await), ((2, 1), (2, 0)));
    let key = api.answer(create("Yet Another", "n", &bob)).await;
    assert_problem(&key, StatusCode::TOO_MANY_REQUESTS, "platform-quota");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_deleted_only_in_a_version_that_the_caller_knows() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    let etag = api.get("/v1/stores/my-shop").await.headers[header::ETAG].to_str().unwrap().to_owned();
    let with = |condition: &str| api.answer(delete("my-shop", &api.admin).header("if-match", condition));
    for condition in ["\"other\"", &format!("W/{etag}"), "\"a\", \"b\""] {
        assert_problem(&with(condition).await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
    }
    assert_problem(&with("no-quotes").await, StatusCode::BAD_REQUEST, "malformed");
    assert_eq!(api.get("/v1/stores/my-shop").await.body["status"], "Provisioning");

    fail(&api, "my-shop", Step::WaitMysql, Cleanup::Done).await;
    assert_problem(&with(&etag).await, StatusCode::PRECONDITION_FAILED, "precondition-failed");
    let now = api.get("/v1/stores/my-shop").await.headers[header::ETAG].to_str().unwrap().to_owned();
    let deleted = with(&format!("\"a\", {now}")).await;
    assert_eq!((deleted.status, &deleted.body["status"]), (StatusCode::ACCEPTED, &json!("Deleting")));
    // The answer may have been lost: what is asked for goes on already (RFC 9110, section 13.1.1).
    assert_eq!(with(&now).await.status, StatusCode::ACCEPTED);
    assert_eq!(with("*").await.status, StatusCode::ACCEPTED);
    let entries = api.get("/v1/audit?store=my-shop").await.body["items"].as_array().unwrap().len();
    assert_eq!(entries, 2, "a deletion is recorded once");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn only_what_failed_is_tried_again_and_that_is_what_failed() {
    let api = Api::new().await;
    for (name, id, step, cleanup, status, task) in [
        ("Shop ", "shop-1", Step::WaitMysql, Cleanup::Pending, "Provisioning", "Provision"),
        ("Shop ", "shop-2", Step::CreateIngress, Cleanup::Done, "Provisioning", "Provision"),
        ("Shop ", "shop-3", Step::DeleteNamespace, Cleanup::Done, "Deleting", "Teardown"),
    ] {
        let name = format!("{name}{}", id.chars().last().unwrap());
        api.create(&name, &api.admin).await;
        let early = api.answer(retry(id, &api.admin)).await;
        assert_problem(&early, StatusCode::CONFLICT, "conflict");
        fail(&api, id, step, cleanup).await;
        api.jobs().await;

        let stale = api.answer(retry(id, &api.admin).header("if-match", "\"other\"")).await;
        assert_problem(&stale, StatusCode::PRECONDITION_FAILED, "precondition-failed");
        let tried = api.answer(retry(id, &api.admin)).await;
        assert_eq!((tried.status, &tried.body["status"]), (StatusCode::ACCEPTED, &json!(status)));
        assert_eq!(tried.headers[header::LOCATION], format!("/v1/stores/{id}"));
        assert_eq!(tried.body["failure"], json!(null));
        assert_eq!(api.jobs().await.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), [task]);
        let events = api.get(&format!("/v1/stores/{id}/events")).await;
        let recorded = &events.body["items"][0];
        assert_eq!(
            (&recorded["kind"], recorded["message"].as_str().unwrap()),
            (&json!("retry_requested"), "root asked for another try, 1 of 20.")
        );
        let store = api.fixture.table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
        assert_eq!((store.attempts, store.due.is_some()), (0, true));
        let audit = api.get(&format!("/v1/audit?store={id}")).await;
        assert_eq!(audit.body["items"][0]["action"], "store.retry");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_tried_again_twenty_times_and_can_be_deleted_after_that() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    for count in 1..=20 {
        fail(&api, "my-shop", Step::WaitMysql, Cleanup::Done).await;
        let tried = api.answer(retry("my-shop", &api.admin)).await;
        assert_eq!((tried.status, &tried.body["retries"]), (StatusCode::ACCEPTED, &json!(count)));
    }
    fail(&api, "my-shop", Step::WaitMysql, Cleanup::Done).await;
    let refused = api.answer(retry("my-shop", &api.admin)).await;
    assert_problem(&refused, StatusCode::CONFLICT, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("20 times"), "{}", refused.body);
    assert_eq!(api.get("/v1/stores/my-shop").await.body["retries"], 20);
    let deleted = api.call(Method::DELETE, "/v1/stores/my-shop", Some(&api.admin), None).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_retry_that_is_sent_again_with_its_key_is_one_retry() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    fail(&api, "my-shop", Step::WaitMysql, Cleanup::Done).await;
    let keyed = || api.answer(retry("my-shop", &api.admin).header("idempotency-key", "k"));
    let first = keyed().await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.body);
    let again = keyed().await;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &first.body));
    assert!(again.headers.contains_key(REPLAYED));
    // Even when it has failed once more since.
    fail(&api, "my-shop", Step::WaitMysql, Cleanup::Done).await;
    let late: Answer = keyed().await;
    assert_eq!((late.status, &late.body["status"]), (StatusCode::ACCEPTED, &json!("Failed")));
    assert!(late.headers.contains_key(REPLAYED));
    let other = api.answer(retry("my-shop", &api.admin).header("idempotency-key", "l")).await;
    assert_eq!((other.status, &other.body["status"]), (StatusCode::ACCEPTED, &json!("Provisioning")));
}
