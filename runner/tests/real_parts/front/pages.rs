//! Which page a visitor gets.

use std::time::Duration;

use domain::{
    operation::{End, ExclusiveRequest, Guard, OperationResult, Outcome},
    provisioning::{failure::Cleanup, step::Step},
    store::{Store, power::Power, state::Provisioning},
    values::timestamp::Timestamp,
};
use futures_util::future::join_all;
use http::StatusCode;
use reqwest::Method;
use testkit::{
    clients::clients_through,
    fixture::{self, Fixture},
    wait,
};

use super::{DOMAIN, Harness};
use crate::support::relay::Relay;

/// Waits until a visitor of `store` gets a page of this status with this title.
async fn shows(harness: &Harness, store: &Store, status: StatusCode, title: &str) {
    let shown = async || {
        let answer = harness.visit(store).await;
        answer.status == status && answer.body.contains(&format!("<h1>{title}</h1>"))
    };
    wait::until(title, shown).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_visitor_sees_how_the_store_stands_from_its_first_moment_to_after_its_last() {
    let harness = Harness::new().await;
    let (unavailable, gone) = (StatusCode::SERVICE_UNAVAILABLE, StatusCode::GONE);
    let fresh = fixture::new_store("ada");
    shows(&harness, &fresh, StatusCode::NOT_FOUND, "There is no shop here").await;
    let store = harness.fixture.create(&fresh).await;
    shows(&harness, &store, unavailable, "This shop is being set up").await;

    let (table, now, time) = (&harness.fixture.table, Timestamp::now(), Duration::from_secs(30));
    let taken = table.acquire_lease(&store, "runner", now, time).await.unwrap();
    table
        .commit(&taken.claim, &Provisioning::new().ready("http://shop.test".into(), now), &[], now)
        .await
        .unwrap();
    shows(&harness, &store, unavailable, "This shop opens in a moment").await;

    let up = harness.fixture.read(&store).await;
    harness.fixture.delete(&up).await;
    shows(&harness, &store, gone, "This shop has closed for good").await;
    // Its record is kept for thirty days; after that nobody knows of it.
    let key = format!("STORE#{}", store.id);
    let past = aws_sdk_dynamodb::types::AttributeValue::N("1".into());
    harness.fixture.set_attribute((&key, "STORE"), "expiresAt", past).await;
    shows(&harness, &store, StatusCode::NOT_FOUND, "There is no shop here").await;
    assert_eq!(harness.rights.unused(), []);
}

/// Brings the operation of `store` to its end as a runner would.
async fn succeed(harness: &Harness, store: &Store, result: OperationResult) {
    let (table, now, time) = (&harness.fixture.table, Timestamp::now(), Duration::from_secs(30));
    let taken = table.acquire_lease(store, "runner", now, time).await.unwrap();
    let outcome = Outcome::Succeeded(result);
    let ended = taken.store.with_operation().unwrap().end(End { at: now, outcome });
    table.commit(&taken.claim, &ended, &[], now).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_hibernated_says_so_until_it_is_resumed() {
    let harness = Harness::new().await;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    let up = harness.fixture.ready_store().await;
    shows(&harness, &up, unavailable, "This shop opens in a moment").await;
    let (asked, _) =
        harness.fixture.request_operation(&up, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    shows(&harness, &up, unavailable, "This shop is taking a break").await;
    succeed(&harness, &asked, OperationResult::PowerChanged { power: Power::Hibernated }).await;
    let asleep = harness.fixture.read(&up).await;
    assert_eq!(asleep.state.power(), Some(Power::Hibernated));
    let answer = harness.visit(&up).await;
    assert!(answer.body.contains("This shop is taking a break"), "{answer:?}");
    assert!(answer.headers.contains_key("retry-after") && !answer.headers.contains_key("refresh"));

    let (asked, _) = harness.fixture.request_operation(&asleep, ExclusiveRequest::Resume).await;
    shows(&harness, &up, unavailable, "This shop is back in a moment").await;
    succeed(&harness, &asked, OperationResult::PowerChanged { power: Power::Running }).await;
    shows(&harness, &up, unavailable, "This shop opens in a moment").await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_suspended_says_so_and_not_why() {
    let harness = Harness::new().await;
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    let up = harness.fixture.ready_store().await;
    let (asked, _) = harness.fixture.request_operation(&up, fixture::suspend()).await;
    shows(&harness, &up, unavailable, "This shop is suspended").await;
    succeed(&harness, &asked, OperationResult::SuspensionChanged { suspended: true }).await;
    let suspended = harness.fixture.read(&up).await;
    let answer = harness.visit(&up).await;
    assert!(answer.body.contains("This shop is suspended"), "{answer:?}");
    let reason = suspended.suspension.as_ref().unwrap().reason.as_str();
    assert!(!answer.body.contains(reason) && !answer.headers.contains_key("refresh"), "{answer:?}");

    let (asked, _) = harness.fixture.request_operation(&suspended, ExclusiveRequest::Unsuspend).await;
    succeed(&harness, &asked, OperationResult::SuspensionChanged { suspended: false }).await;
    shows(&harness, &up, unavailable, "This shop opens in a moment").await;
    assert_eq!(harness.rights.unused(), []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_failed_says_so_and_does_not_ask_to_be_loaded_again_and_again() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let (table, now, time) = (&harness.fixture.table, Timestamp::now(), Duration::from_secs(30));
    let taken = table.acquire_lease(&store, "runner", now, time).await.unwrap();
    let failed = Provisioning::new().fail(fixture::failure(Step::WaitMysql, Cleanup::Done));
    table.commit(&taken.claim, &failed, &[], now).await.unwrap();
    let answer = harness.visit(&store).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("This shop is not open"), "{answer:?}");
    assert!(answer.headers.contains_key("retry-after") && !answer.headers.contains_key("refresh"));
    for secret in ["too late", "mysql", "ada", "owner@example.com", store.name.as_str()] {
        assert!(!answer.body.contains(secret), "{secret}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_page_is_in_the_visitors_language_and_a_head_has_no_body() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let host = format!("{}.{DOMAIN}", store.id).to_uppercase();
    let german = harness.ask(Method::GET, &format!("{host}.:8080"), "de-AT,de;q=0.9,en;q=0.5").await;
    assert!(german.body.contains("Dieser Shop wird gerade eingerichtet"), "{german:?}");
    assert!(german.headers["content-language"] == "de" && german.headers["refresh"] == "5", "{german:?}");

    let head = harness.ask(Method::HEAD, &host, "de").await;
    assert_eq!((head.status, head.body.as_str()), (german.status, ""));
    let length = head.headers["content-length"].to_str().unwrap();
    assert_eq!(length, german.body.len().to_string());
    for (name, value) in &german.headers {
        assert!(name == "date" || head.headers[name] == value, "{name}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn many_visitors_of_one_store_cost_one_read_and_a_name_that_no_store_can_have_none() {
    let harness = Harness::with(&["--cache-seconds", "60"]).await;
    let store = harness.fixture.store().await;
    let answers = join_all((0..50).map(|_| harness.visit(&store))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE));
    for host in [DOMAIN, "a.b.shops.test", "-.shops.test", "192.0.2.1", "[2001:db8::1]:80"] {
        assert_eq!(harness.ask(Method::GET, host, "en").await.status, StatusCode::NOT_FOUND, "{host}");
    }
    assert!(harness.has_counted(r#"shopwright_front_reads_total{outcome="done"} 1"#).await);
    assert!(harness.has_counted(r#"shopwright_front_pages_total{page="provisioning"} 50"#).await);
    assert!(harness.has_counted(r#"shopwright_front_pages_total{page="unknown"} 5"#).await);
    // That nobody has a name is remembered too.
    let nobody = fixture::new_store("ada");
    for _ in 0..5 {
        assert_eq!(harness.visit(&nobody).await.status, StatusCode::NOT_FOUND);
    }
    assert!(harness.has_counted(r#"shopwright_front_reads_total{outcome="done"} 2"#).await);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn without_the_table_visitors_are_asked_to_wait_and_with_it_they_get_answers_again() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let mut relay = Relay::to(&std::env::var("AWS_ENDPOINT_URL_DYNAMODB").unwrap()).await;
    let mut clients = clients_through(|client| client).await;
    let there = clients.dynamodb.config().to_builder().endpoint_url(relay.url()).build();
    clients.dynamodb = aws_sdk_dynamodb::Client::from_conf(there);
    let harness = Harness::over(fixture, clients, &[]).await;
    shows(&harness, &store, StatusCode::SERVICE_UNAVAILABLE, "This shop is being set up").await;

    relay.close().await;
    shows(&harness, &store, StatusCode::SERVICE_UNAVAILABLE, "One moment, please").await;
    assert_eq!(harness.probe("/readyz").await.status, StatusCode::OK, "visitors are still to be sent here");
    relay.open().await;
    shows(&harness, &store, StatusCode::SERVICE_UNAVAILABLE, "This shop is being set up").await;
}
