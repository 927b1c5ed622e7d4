//! Fifty endpoints that work beside one that has much to receive: it prints how long each waits for a notice, where that
//! one answers and where it is dead.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use domain::webhook::{
    delivery::Delivery,
    notice::{Notice, NoticeSubject, Occurrence},
};
use domain::{queue::hint::Hint, webhook::event_type::EventType};
use functions::{request::id::RequestId, webhooks::batch::Batch};
use serde_json::json;

use crate::{
    receiver::{Receiver, Script},
    world::World,
};

const HEALTHY: usize = 50;
/// How many deliveries wait for that one.
const WAITING: usize = 30;
/// What Lambda hands over at once.
const BATCH: usize = 10;
/// How many of the function may run at once here.
const CONCURRENCY: usize = 8;

/// How long each of the healthy ones waits, sorted.
async fn delays(one: Script) -> Vec<Duration> {
    let is_dead = matches!(one, Script::Silence);
    let (world, one) = (World::new().await, Receiver::plain(one).await);
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
    due("one", format!("http://127.0.0.1:{}/", one.port()), WAITING).await;
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
    let begun = Instant::now();
    let slots = tokio::sync::Semaphore::new(CONCURRENCY);
    let request = RequestId::of("r");
    let invocations = batches.into_iter().map(async |batch| {
        let _slot = slots.acquire().await.unwrap();
        deliverer.run(&request, batch).await
    });
    let is_over = Cell::new(false);
    let arrivals = async {
        let mut delays = Vec::new();
        let mut arrived = [false; HEALTHY];
        let mut look = tokio::time::interval(Duration::from_millis(2));
        loop {
            look.tick().await;
            // What has not come when all tries are over does not come any more.
            let is_last = is_over.get();
            for (number, receiver) in receivers.iter().enumerate() {
                if !arrived[number] && !receiver.requests().is_empty() {
                    arrived[number] = true;
                    delays.push(begun.elapsed());
                }
            }
            if is_last || delays.len() == HEALTHY {
                return delays;
            }
        }
    };
    let tries = async {
        let answers = futures_util::future::join_all(invocations).await;
        is_over.set(true);
        answers
    };
    let (answers, delays) = tokio::join!(tries, arrivals);
    assert_eq!(delays.len(), HEALTHY, "each of those that work is told");
    assert!(answers.iter().all(|answer| answer.failures() == 0));
    assert!(!is_dead || one.requests().len() <= 4, "it has few to answer at once");
    delays
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_dead_endpoint_delays_no_other() {
    let print = |what: &str, delays: &[Duration]| {
        let of = |part: f64| delays[((delays.len() - 1) as f64 * part) as usize].as_millis();
        println!("{what}: median {} ms, 90th {} ms, longest {} ms", of(0.5), of(0.9), of(1.0));
    };
    let alone = delays(Script::Answer(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
    let beside = delays(Script::Silence).await;
    print("50 endpoints beside one that answers 30 deliveries", &alone);
    print("50 endpoints beside a dead one with 30 deliveries", &beside);
    // Each call to the dead one takes 700 ms here: nobody waits for one of those.
    let (alone, beside) = (alone[HEALTHY - 1], beside[HEALTHY - 1]);
    assert!(beside < alone + Duration::from_millis(700), "{alone:?} and {beside:?}");
}
