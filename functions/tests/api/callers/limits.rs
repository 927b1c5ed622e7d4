//! How often an address may call.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use axum::http::{Method, StatusCode, header};
use domain::auth::{principal::Role, rate::Window};
use functions::config::{Limits, Settings};
use secrecy::SecretString;
use serde_json::json;
use testkit::fixture::Fixture;

use crate::api::{Answer, Api, Call, assert_problem, issue, token};

async fn api() -> Api {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    Api::over(fixture, queue, settings()).await
}

/// As they are unless said, with room for all stores.
fn settings() -> Settings {
    Settings { limits: Limits { platform_stores: 1000, owner_stores: 1000 }, ..Settings::default() }
}

fn create(name: &str, token: &SecretString) -> Call {
    Call::new(Method::POST, "/v1/stores")
        .by(token)
        .with(&json!({ "name": name, "adminEmail": "a@example.com" }))
}

fn delete(token: &SecretString) -> Call {
    Call::new(Method::DELETE, "/v1/stores/no-shop").by(token)
}

/// What a field of a limit says: its policy, and its parameter `name`.
fn parameter(answer: &Answer, field: &str, name: &str) -> (String, u64) {
    let text = answer.headers[field].to_str().unwrap();
    let mut parts = text.split(';');
    let policy = parts.next().unwrap().to_owned();
    let value = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).unwrap();
    (policy, value.parse().unwrap())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_address_creates_five_stores_a_minute_and_learns_when_to_go_on() {
    let api = api().await;
    for left in (0..5).rev() {
        let answer = api.answer(create(&format!("Shop {left}"), &api.admin)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(parameter(&answer, "ratelimit", "r"), ("\"creates\"".into(), left));
        assert_eq!(answer.headers["ratelimit-policy"], "\"creates\";q=5;w=60");
    }
    let refused = api.answer(create("Shop 6", &api.admin)).await;
    assert_problem(&refused, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
    assert_eq!(parameter(&refused, "ratelimit", "r"), ("\"creates\"".into(), 0));
    let wait = parameter(&refused, "ratelimit", "t").1;
    assert!((1..=60).contains(&wait));
    assert_eq!(refused.headers[header::RETRY_AFTER], wait.to_string());
    assert_eq!(api.fixture.table.platform_count().await.unwrap(), 5);

    api.pass(Duration::from_secs(wait));
    assert_eq!(api.answer(create("Shop 6", &api.admin)).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_creates_at_once_exactly_as_many_as_allowed_get_through() {
    let api = api().await;
    // As many instances as Lambda would start, which have only the table in common.
    let instances: Vec<_> = (0..30).map(|_| api.restarted(settings())).collect();
    let creates = instances.into_iter().enumerate().map(|(each, instance)| {
        tokio::spawn(async move { instance.answer(create(&format!("Shop {each}"), &instance.admin)).await })
    });
    let mut accepted = 0;
    for create in creates.collect::<Vec<_>>() {
        let answer = create.await.unwrap();
        if answer.status == StatusCode::ACCEPTED {
            accepted += 1;
        } else {
            assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
        }
    }
    assert_eq!((accepted, api.fixture.table.platform_count().await.unwrap()), (5, 5));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_create_that_is_refused_later_has_used_up_its_turn_and_no_place() {
    let api = api().await;
    for _ in 0..5 {
        let answer = api.answer(create("Böse Käse", &api.admin)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert!(answer.headers.contains_key("ratelimit"));
    }
    let answer = api.answer(create("Good Cheese", &api.admin)).await;
    assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
    assert_eq!(api.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn other_changes_have_a_limit_of_their_own_and_reads_have_none() {
    let api = api().await;
    for left in (0..10).rev() {
        let answer = api.answer(delete(&api.admin)).await;
        assert_problem(&answer, StatusCode::NOT_FOUND, "no-such-store");
        assert_eq!(parameter(&answer, "ratelimit", "r"), ("\"actions\"".into(), left));
    }
    assert_problem(&api.answer(delete(&api.admin)).await, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
    assert_eq!(api.answer(create("My Shop", &api.admin)).await.status, StatusCode::ACCEPTED);
    for _ in 0..30 {
        assert_eq!(api.get("/v1/stores").await.status, StatusCode::OK);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_address_is_what_the_gateway_saw_and_an_ipv6_network_is_one() {
    let api = api().await;
    let status = |call: Call| {
        let api = &api;
        async move { api.answer(call).await.status }
    };
    for host in ["2001:db8:0:1::1", "2001:db8:0:1::2"] {
        for _ in 0..5 {
            assert_eq!(status(delete(&api.admin).from(host)).await, StatusCode::NOT_FOUND);
        }
    }
    let forged = delete(&api.admin).from("2001:db8:0:1::3").header("x-forwarded-for", "198.51.100.7");
    assert_eq!(status(forged).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status(delete(&api.admin).from("2001:db8:0:2::1")).await, StatusCode::NOT_FOUND);
}

/// Takes an item out of the table.
async fn forget(fixture: &Fixture, partition: &str, sort: &str) {
    let request = fixture.clients.dynamodb.delete_item().table_name(fixture.table.name());
    let request =
        request.key("pk", AttributeValue::S(partition.into())).key("sk", AttributeValue::S(sort.into()));
    let deleted = request.return_values(ReturnValue::AllOld).send().await.unwrap();
    assert!(deleted.attributes.is_some(), "there was no {partition} {sort}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_flood_costs_nothing_once_it_is_refused() {
    let api = api().await;
    for _ in 0..11 {
        api.answer(delete(&api.admin)).await;
    }
    // Whoever asked the table would find that there is room, and would say so there.
    let window = Window::at(api.now());
    forget(&api.fixture, "RATE#actions#192.0.2.1", &window.to_string()).await;
    assert_eq!(api.answer(delete(&api.admin)).await.status, StatusCode::TOO_MANY_REQUESTS);
    let other = api.restarted(settings());
    assert_eq!(other.answer(delete(&api.admin)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_guesses_is_stopped_and_who_does_not_goes_on() {
    let api = api().await;
    let list = |token: &SecretString| api.answer(Call::get("/v1/stores").by(token));
    assert_eq!(api.get("/v1/stores").await.status, StatusCode::OK);
    for _ in 0..20 {
        assert_problem(
            &list(&issue("eve", Role::Admin).1).await,
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
        );
    }
    let late = token(&api.fixture, "ada", Role::Owner).await;
    for guess in [issue("eve", Role::Admin).1, issue("eve", Role::Admin).1, late.clone()] {
        let refused = list(&guess).await;
        assert_problem(&refused, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
        assert_eq!(refused.headers["ratelimit-policy"], "\"failed-authentications\";q=20;w=60");
    }
    assert_eq!(api.get("/v1/stores").await.status, StatusCode::OK, "it was good here before");
    let elsewhere = Call::get("/v1/stores").by(&late).from("192.0.2.2");
    assert_eq!(api.answer(elsewhere).await.status, StatusCode::OK);
    assert_eq!(list(&late).await.status, StatusCode::OK, "now it was good here before, too");

    api.pass(Window::LENGTH);
    assert_problem(&list(&issue("eve", Role::Admin).1).await, StatusCode::UNAUTHORIZED, "unauthenticated");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_token_with_another_secret_is_a_guess_although_the_id_is_known() {
    let api = api().await;
    assert_eq!(api.get("/v1/stores").await.status, StatusCode::OK);
    for _ in 0..21 {
        api.answer(Call::get("/v1/stores").by(&issue("eve", Role::Admin).1)).await;
    }
    let guess = Call::get("/v1/stores").by(&api.admin_id_with_other_secret());
    assert_problem(&api.answer(guess).await, StatusCode::TOO_MANY_REQUESTS, "rate-limited");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_request_without_credentials_is_no_guess() {
    let api = api().await;
    for _ in 0..25 {
        assert_problem(
            &api.answer(Call::get("/v1/stores")).await,
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
        );
    }
}
