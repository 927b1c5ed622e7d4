//! How many stores there may be, and what a request costs.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        http::HttpResponse,
        interceptors::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
    },
    error::BoxError,
};
use axum::http::{Method, StatusCode, header};
use domain::{
    auth::principal::Role,
    provisioning::event::Event,
    store::state::State,
    table::{Filter, LeasedStore},
    values::timestamp::Timestamp,
};
use functions::config::Settings;
use secrecy::SecretString;
use serde_json::json;
use testkit::{
    fixture::Fixture,
    meter::{Consumed, Meter},
};

use crate::api::{Api, Call, assert_problem, often, token};

fn create(name: &str, by: &SecretString) -> Call {
    Call::new(Method::POST, "/v1/stores")
        .by(by)
        .with(&json!({ "name": name, "adminEmail": "owner@example.com" }))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_200_creates_at_once_by_many_owners_exactly_as_many_succeed_as_there_are_places() {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let settings = Settings { rates: often(), ..Settings::default() };
    let api = Api::over(fixture, queue, settings.clone()).await;
    let mut owners = Vec::new();
    for each in 0..40 {
        owners.push(token(&api.fixture, &format!("owner-{each}"), Role::Owner).await);
    }
    let creates = (0..200).map(|each| {
        let (instance, owner) = (api.restarted(settings.clone()), owners[each % owners.len()].clone());
        tokio::spawn(async move { instance.answer(create(&format!("Shop {each}"), &owner)).await })
    });
    let mut answers = HashMap::<String, usize>::new();
    for create in creates.collect::<Vec<_>>() {
        let answer = create.await.unwrap();
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "platform-quota");
            assert_eq!(answer.body["limit"], 10);
        }
        *answers.entry(answer.status.to_string()).or_default() += 1;
    }
    assert_eq!(answers, [("202 Accepted".into(), 10), ("429 Too Many Requests".into(), 190)].into());
    let table = &api.fixture.table;
    let living = table.stores(&Filter::default(), 100, None).await.unwrap().items;
    assert_eq!((living.len(), table.platform_count().await.unwrap()), (10, 10));

    let mut gone_of = HashSet::new();
    for store in living {
        let path = format!("/v1/stores/{}", store.id);
        assert_eq!(
            api.call(Method::DELETE, &path, Some(&api.admin), None).await.status,
            StatusCode::ACCEPTED
        );
        let deleting = table.store(&store.id).await.unwrap().unwrap();
        let now = Timestamp::now();
        let LeasedStore { store, claim } =
            table.acquire_lease(&deleting, "runner", now, Duration::from_secs(30)).await.unwrap();
        let State::Deleting(state) = store.state else { panic!("it is {}", store.state.status()) };
        let gone = state.gone(now);
        table.commit(&claim, &gone, &[Event::deleted()], now).await.unwrap();
        // A second end of the same deletion gives nothing back.
        assert!(table.commit(&claim, &gone, &[Event::deleted()], now).await.is_err());
        gone_of.insert(store.owner);
    }
    assert_eq!(table.platform_count().await.unwrap(), 0);
    for owner in gone_of {
        assert_eq!(table.owner_count(&owner).await.unwrap(), 0, "{owner}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_request_costs_no_more_than_its_budget() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let queue = fixture.queue.clone();
    let api = Api::over(fixture, queue, Settings::default()).await;
    let longest = "b".repeat(50);
    // Each function looks the token up once, and remembers it for a while.
    api.get("/v1/stores").await;
    api.answer(create("The first one", &api.admin)).await;
    for (call, most) in [
        (create("My Shop", &api.admin), Consumed { read: 0.0, write: 15.0 }),
        (create(&longest, &api.admin), Consumed { read: 0.0, write: 15.0 }),
        (
            create("Keyed Shop", &api.admin).header("idempotency-key", &"k".repeat(255)),
            Consumed { read: 0.0, write: 17.0 },
        ),
    ] {
        let _ = meter.take();
        let answer = api.answer(call).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        let cost = meter.take();
        println!("{} costs {cost:?}", answer.headers[header::LOCATION].to_str().unwrap());
        assert!(cost.write > 0.0 && cost.write <= most.write && cost.read <= most.read, "{cost:?}");
    }
    let _ = meter.take();
    assert_eq!(api.get("/v1/stores/my-shop").await.status, StatusCode::OK);
    let cost = meter.take();
    assert!(cost.read > 0.0 && cost.read <= 1.0 && cost.write == 0.0, "{cost:?}");
}

/// Answers as DynamoDB does when others write to the same items, which DynamoDB Local never does.
#[derive(Debug)]
struct Contention {
    /// How many transactions are still refused.
    times: AtomicUsize,
    /// What it says of the first two items.
    reasons: [&'static str; 2],
    refused: AtomicBool,
}

impl Contention {
    fn new(times: usize, reasons: [&'static str; 2]) -> Self {
        Self { times: times.into(), reasons, refused: AtomicBool::default() }
    }

    /// The API over a table where it is so, and over a queue of its own.
    async fn api(self) -> Api {
        let fixture = Fixture::new().await;
        let queue = fixture.queue.clone();
        let admin = token(&fixture, "root", Role::Admin).await;
        let config = fixture.clients.dynamodb.config().to_builder().interceptor(self).build();
        let mut contended = fixture.clone();
        contended.clients.dynamodb = Client::from_conf(config);
        Api::instance(contended, queue, Settings::default(), admin, crate::api::TestClock::new())
    }
}

impl Intercept for Contention {
    fn name(&self) -> &'static str {
        "Contention"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        const TARGET: &str = "x-amz-target";
        let headers = context.request_mut().headers_mut();
        let in_transaction = headers.get(TARGET).is_some_and(|target| target.ends_with("TransactWriteItems"));
        let fewer = |left: usize| left.checked_sub(1);
        let refused = in_transaction && self.times.fetch_update(SeqCst, SeqCst, fewer).is_ok();
        self.refused.store(refused, SeqCst);
        if refused {
            // What is refused is not carried out: of this version there is no DynamoDB.
            headers.insert(TARGET, "DynamoDB_20000101.TransactWriteItems");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.refused.load(SeqCst) {
            let answer = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled",
                "CancellationReasons": self.reasons.map(|code| json!({ "Code": code })),
            });
            *context.response_mut() = HttpResponse::new(400.try_into()?, answer.to_string().into());
        }
        Ok(())
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn writes_that_get_in_each_others_way_for_long_are_for_later_and_no_fault() {
    let api = Contention::new(usize::MAX, ["None", "TransactionConflict"]).api().await;
    let answer = api.answer(create("My Shop", &api.admin)).await;
    assert_problem(&answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_condition_that_failed_beside_a_write_in_the_way_decides_nothing_yet() {
    let api = Contention::new(2, ["ConditionalCheckFailed", "TransactionConflict"]).api().await;
    let answer = api.answer(create("My Shop", &api.admin)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
}
