//! A fault at every call to the table and to the queues, of the writer, of `fan-out`, of `deliver` and of the sweep:
//! lost on its way there, and lost on its way back. Each event reaches each endpoint at least once, doubles have one id,
//! nothing is sent that did not happen, and nobody hears of another owner's store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut},
        retry::RetryConfig,
    },
    error::BoxError,
};
use domain::{
    provisioning::event::Event,
    queue::{
        Queue,
        hint::{self, HintQueues},
    },
    store::{
        Store,
        decision::StoreCommand,
        state::{Deleting, Provisioning, State},
    },
    table::Table,
    values::timestamp::Timestamp,
};
use functions::request::id::RequestId;
use serde_json::Value;
use testkit::fixture::{actor, change_request, new_store};

use crate::{
    receiver::Receiver,
    world::{World, parts},
};

/// Where the one call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// Lets one call go wrong, by its number.
#[derive(Clone, Debug)]
struct Fault {
    at: usize,
    way: Way,
    calls: Arc<AtomicUsize>,
    struck: Arc<AtomicUsize>,
}

impl Fault {
    fn strikes(&self, way: Way) -> Result<(), BoxError> {
        // Both hooks of a call see the number that it began with.
        let number = match way {
            Way::There => self.calls.fetch_add(1, Ordering::SeqCst),
            Way::Back => self.calls.load(Ordering::SeqCst) - 1,
        };
        if self.way == way && number == self.at && self.struck.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err("the call was lost".into());
        }
        Ok(())
    }
}

impl Intercept for Fault {
    fn name(&self) -> &'static str {
        "Fault"
    }

    fn modify_before_transmit(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.strikes(Way::There)
    }

    fn modify_before_deserialization(
        &self,
        _: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.strikes(Way::Back)
    }
}

/// Brings `store` to where a runner would, however often a call is lost: up, then deleted.
async fn write(world: &World, table: &Table, store: &Store) {
    for _ in 0..20 {
        let found = world.fixture.read(store).await;
        let now = Timestamp::now().plus(Duration::from_secs(60) * u32::try_from(found.version).unwrap());
        match found.state.clone() {
            State::Deleted(_) => return,
            State::Ready(_) => {
                let by = actor(&store.owner);
                let _ = table.change_store(found, &StoreCommand::Delete, change_request(&by)).await;
            }
            state @ (State::Provisioning(_) | State::Deleting(_)) => {
                // Nobody holds it: whoever did is gone.
                let later = now.plus(Duration::from_secs(3600 * u64::from(found.attempts)));
                let Ok(taken) = table.acquire_lease(&found, "runner", later, Duration::from_secs(30)).await
                else {
                    continue;
                };
                let (transition, event) = match state {
                    State::Provisioning(_) => {
                        let url = "https://shop.example";
                        (Provisioning::new().ready(url.into(), now), Event::ready(url))
                    }
                    State::Ready(_) | State::Failed(_) | State::Deleting(_) | State::Deleted(_) => {
                        (Deleting { at: now }.gone(now), Event::deleted())
                    }
                };
                let _ = table.commit(&taken.claim, &transition, &[event], Timestamp::now()).await;
            }
            State::Failed(failed) => panic!("{failed:?}"),
        }
    }
    panic!("{} does not come to its end", store.id);
}

/// One run; `false` where it has fewer calls than the fault waits for.
async fn run(at: usize, way: Way) -> bool {
    let world = World::new().await;
    let receivers = [
        Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await,
        Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await,
        Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await,
    ];
    for (owner, receiver) in ["ada", "ada", "eve"].iter().zip(&receivers) {
        world.listen(owner, &format!("http://127.0.0.1:{}/", receiver.port())).await;
    }
    let store = world.fixture.create(&new_store("ada")).await;

    let fault = Fault { at, way, calls: Arc::default(), struck: Arc::default() };
    let clients = &world.fixture.clients;
    let dynamodb = clients.dynamodb.config().to_builder().retry_config(RetryConfig::disabled());
    let sqs = clients.sqs.config().to_builder().retry_config(RetryConfig::disabled());
    let dynamodb = Client::from_conf(dynamodb.interceptor(fault.clone()).build());
    let sqs = aws_sdk_sqs::Client::from_conf(sqs.interceptor(fault.clone()).build());
    let table = Table::new(dynamodb, world.table().name());
    let queues = HintQueues {
        notices: Queue::new(sqs.clone(), world.queues.notices.url()),
        deliveries: Queue::new(sqs, world.queues.deliveries.url()),
    };
    write(&world, &table, &store).await;
    let (fan_out, deliverer) = (world.fan_out(&table, &queues), world.deliverer(&table, &queues));
    let request = RequestId::of("r");
    // Until nothing is due any more, each round some minutes later. What fails is done again in the next.
    let mut quiet = 0;
    for _ in 0..40 {
        world.pass(Duration::from_secs(120));
        let now = world.now().plus(Duration::from_secs(3600));
        let _ = hint::sweep(&table, &queues, world.now()).await;
        let later = now.plus(Duration::from_secs(120));
        let (notices, deliveries) = (
            world.table().overdue_notices(later).await.unwrap(),
            world.table().overdue_deliveries(later, 100).await.unwrap(),
        );
        quiet = if notices.is_empty() && deliveries.is_empty() { quiet + 1 } else { 0 };
        if quiet == 2 {
            break;
        }
        for notice in notices {
            let _ = fan_out.hand_on(&notice.key).await;
        }
        for due in deliveries {
            let _ = deliverer.deliver(&request, due.endpoint, due.notice).await;
        }
    }
    assert_eq!(quiet, 2, "{way:?} {at}: something stays due");

    assert!(receivers[2].requests().is_empty(), "{way:?} {at}: eve hears of ada's store");
    for receiver in &receivers[..2] {
        let mut events = BTreeMap::<String, BTreeSet<String>>::new();
        for request in receiver.requests() {
            let (headers, body) = parts(&request);
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["data"]["store"], store.id.as_str());
            let event = format!("{} {}", body["data"]["sequence"], body["type"].as_str().unwrap());
            events.entry(event).or_default().insert(headers["webhook-id"].clone());
        }
        let recorded: Vec<_> = events.keys().map(String::as_str).collect();
        assert_eq!(recorded, ["1 store.ready", "2 store.deleted"], "{way:?} {at}");
        assert!(events.values().all(|ids| ids.len() == 1), "{way:?} {at}: {events:?}");
    }
    fault.struck.load(Ordering::SeqCst) > 0
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn whatever_call_is_lost_each_event_reaches_each_endpoint_with_one_id() {
    let mut met = 0;
    for way in [Way::There, Way::Back] {
        let mut at = 0;
        while run(at, way).await {
            at += 1;
            met += 1;
        }
    }
    println!("{met} calls were lost, one a run");
    assert!(met > 60, "{met}");
}
