//! Fifty endpoints that work beside a dead one for which much waits. How long they wait is for a benchmark
//! (`make bench-webhooks`); that they don't wait for the dead one is seen here.

use std::time::Duration;

use domain::webhook::{
    delivery::Delivery,
    notice::{Notice, NoticeSubject},
    occurrence::Occurrence,
};
use domain::{queue::hint::Hint, webhook::event_type::EventType};
use functions::{request::id::RequestId, webhooks::batch::Batch};
use outbound::{client::Client, limits::Limits};
use serde_json::json;

use crate::{
    authority::Authority,
    receiver::{Receiver, Script},
    world::World,
};

const HEALTHY: usize = 50;
/// How many deliveries wait for that one.
const WAITING: usize = 30;
/// What Lambda hands over at once.
const BATCH: usize = 10;
/// How long a call to the dead one takes, and how long those that work are waited for.
const FOR_EVER: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(120);
/// How many of the function may run at once here.
const CONCURRENCY: usize = 8;

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_dead_endpoint_delays_no_other() {
    // Whoever waits for one of its calls waits for longer than this test.
    let limits = Limits { head: FOR_EVER, body: FOR_EVER, call: FOR_EVER, ..Limits::default() };
    let world = World::with(Client::new(Authority::new().trust(), limits)).await;
    let dead = Receiver::plain(Script::Silence).await;
    let mut receivers = Vec::new();
    let mut hints = Vec::new();
    let subject = || NoticeSubject::Store {
        store: domain::store::slug::Slug::parse("my-shop").unwrap(),
        uid: uuid::Uuid::now_v7(),
        owner: "ada".into(),
        sequence: 1,
    };
    let mut due = async |owner: &str, url: String, times: usize| {
        let endpoint = world.listen(owner, &url).await;
        for _ in 0..times {
            let (id, at) = (uuid::Uuid::now_v7(), world.now());
            let notice = Notice { id, at, subject: subject(), occurrence: Occurrence::StoreDeleted };
            let delivery = Delivery::new(endpoint.id, id, EventType::StoreDeleted, at);
            world.table().create_delivery(&delivery, &notice).await.unwrap();
            hints.push(Hint::Delivery { endpoint: endpoint.id, notice: id });
        }
    };
    due("dead", format!("http://127.0.0.1:{}/", dead.port()), WAITING).await;
    for number in 0..HEALTHY {
        let receiver = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await;
        due(&format!("owner-{number}"), format!("http://127.0.0.1:{}/", receiver.port()), 1).await;
        receivers.push(receiver);
    }
    let batches: Vec<_> = hints
        .chunks(BATCH)
        .map(|hints| {
            let records = hints
                .iter()
                .map(|hint| json!({ "messageId": "m", "body": serde_json::to_string(hint).unwrap() }));
            serde_json::from_value::<Batch>(json!({ "Records": records.collect::<Vec<_>>() })).unwrap()
        })
        .collect();
    let deliverer = world.deliverer(world.table(), &world.queues);
    let slots = tokio::sync::Semaphore::new(CONCURRENCY);
    let request = RequestId::of("r");
    let invocations = batches.into_iter().map(async |batch| {
        let _slot = slots.acquire().await.unwrap();
        deliverer.run(&request, batch).await
    });
    let arrivals = async {
        let mut look = tokio::time::interval(Duration::from_millis(2));
        while receivers.iter().any(|receiver| receiver.requests().is_empty()) {
            look.tick().await;
        }
    };
    tokio::select! {
        arrived = tokio::time::timeout(PATIENCE, arrivals) => {
            arrived.expect("each of those that work gets its request, whatever the dead one does");
        }
        _ = futures_util::future::join_all(invocations) => panic!("the dead one has answered"),
    }
    assert!((1..=4).contains(&dead.requests().len()), "it has few to answer at once");
}
