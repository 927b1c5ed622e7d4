//! How long endpoints that work wait for a notice while one beside them is dead, and while it answers. `make
//! bench-webhooks` runs it on a stack of its own.
//!
//! The two take turns. Deliveries go through their queue to as many invocations of `deliver` at once as `template.yaml`
//! reserves, with the bounds on calls that it has there. The numbers are printed, and never judged.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a bench may panic; what it stands on is shared with tests"
)]

#[path = "../../../outbound/tests/receivers/authority.rs"]
mod authority;
#[path = "../../../outbound/tests/receivers/receiver.rs"]
mod receiver;
#[path = "../../tests/webhooks/world.rs"]
mod world;

use std::time::{Duration, Instant};

use clap::Parser;
use domain::{
    queue::hint::Hint,
    webhook::{
        delivery::Delivery,
        event_type::EventType,
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
    },
};
use functions::request::id::RequestId;
use futures_util::future::join_all;
use outbound::{client::Client, limits::Limits};
use serde_json::json;
use uuid::Uuid;

use crate::{
    authority::Authority,
    receiver::{Receiver, Script},
    world::World,
};

/// How often arrivals are looked at.
const LOOK: Duration = Duration::from_millis(1);
/// How many messages an invocation is handed at most, as in `template.yaml`.
const BATCH: i32 = 10;

/// Times deliveries to endpoints that work, beside one that is dead and beside one that answers.
#[derive(Clone, Copy, Parser)]
#[command(name = "make bench-webhooks", no_binary_name = true)]
struct Arguments {
    /// How many endpoints work; each is sent one delivery.
    #[arg(long, default_value_t = 50)]
    endpoints: usize,
    /// How many deliveries wait for the one beside them.
    #[arg(long, default_value_t = 30)]
    waiting: usize,
    /// How many invocations there are at once.
    #[arg(long, default_value_t = 20)]
    concurrency: usize,
    /// How often each of the two is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

fn main() {
    let arguments = Arguments::parse_from(std::env::args().skip(1).filter(|argument| argument != "--bench"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(arguments));
}

async fn measure(arguments: Arguments) {
    let Arguments { endpoints, waiting, concurrency, rounds } = arguments;
    stdio_line(&format!(
        "{endpoints} endpoints with one delivery each, one with {waiting}, {concurrency} invocations at once"
    ));
    let (mut answers, mut dead) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        answers.extend(delays(arguments, Script::Answer(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await);
        dead.extend(delays(arguments, Script::Silence).await);
        eprintln!("round {round} of {rounds}");
    }
    for (what, mut delays) in [("beside one that answers", answers), ("beside a dead one", dead)] {
        delays.sort_unstable();
        let of = |percent: usize| delays[(delays.len() - 1) * percent / 100].as_millis();
        stdio_line(&format!(
            "{what:<24} median {:>5} ms  p90 {:>5} ms  p99 {:>5} ms  longest {:>5} ms",
            of(50),
            of(90),
            of(99),
            of(100)
        ));
    }
}

fn stdio_line(line: &str) {
    stdio::print(format_args!("{line}\n")).unwrap();
}

/// How long each of those that work waits from the hint that its delivery is due.
async fn delays(arguments: Arguments, beside: Script) -> Vec<Duration> {
    let world = World::with(Client::new(Authority::new().trust(), Limits::default())).await;
    let beside = Receiver::plain(beside).await;
    let mut hints = due(&world, "beside", &beside, arguments.waiting).await;
    let mut receivers = Vec::new();
    for number in 0..arguments.endpoints {
        let receiver = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await;
        hints.extend(due(&world, &format!("owner-{number}"), &receiver, 1).await);
        receivers.push(receiver);
    }
    for hint in hints {
        world.queues.send(&hint, Duration::ZERO).await;
    }
    let begun = Instant::now();
    let invocations = join_all((0..arguments.concurrency).map(|_| invoke_for_ever(&world)));
    tokio::select! {
        _ = invocations => unreachable!("they take messages for ever"),
        delays = arrivals(&receivers, begun) => delays,
    }
}

/// Deliveries to an endpoint of `owner` at `receiver`, as fan-out makes them.
async fn due(world: &World, owner: &str, receiver: &Receiver, count: usize) -> Vec<Hint> {
    let endpoint = world.listen(owner, &format!("http://127.0.0.1:{}/", receiver.port())).await;
    let mut hints = Vec::new();
    for sequence in (1..).take(count) {
        let (id, at) = (Uuid::now_v7(), world.now());
        let store = domain::store::slug::Slug::parse("my-shop").unwrap();
        let subject = NoticeSubject::Store { store, uid: Uuid::now_v7(), owner: owner.into(), sequence };
        let notice = Notice { id, at, subject, occurrence: Occurrence::StoreDeleted };
        let delivery = Delivery::new(endpoint.id, id, EventType::StoreDeleted, at);
        world.table().create_delivery(&delivery, &notice).await.unwrap();
        hints.push(Hint::Delivery { endpoint: endpoint.id, notice: id });
    }
    hints
}

/// One place of `deliver`: takes a batch from the queue, handles it, and deletes what did not fail.
async fn invoke_for_ever(world: &World) {
    let deliverer = world.deliverer(world.table(), &world.queues);
    let (sqs, url) = (&world.fixture.clients.sqs, world.queues.deliveries.url());
    loop {
        let receive = sqs.receive_message().queue_url(url).max_number_of_messages(BATCH).wait_time_seconds(1);
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        if messages.is_empty() {
            continue;
        }
        let records: Vec<_> = messages
            .iter()
            .map(|message| json!({ "messageId": message.message_id, "body": message.body }))
            .collect();
        let batch = serde_json::from_value(json!({ "Records": records })).unwrap();
        let answer = deliverer.run(&RequestId::of("bench"), batch).await;
        assert_eq!(answer.failures(), 0, "a call that fails is a try, and no failed message");
        for message in messages {
            let delete = sqs.delete_message().queue_url(url);
            delete.receipt_handle(message.receipt_handle.unwrap()).send().await.unwrap();
        }
    }
}

/// When each of `receivers` has its delivery.
async fn arrivals(receivers: &[Receiver], begun: Instant) -> Vec<Duration> {
    let mut delays = vec![None; receivers.len()];
    let mut look = tokio::time::interval(LOOK);
    while delays.contains(&None) {
        look.tick().await;
        for (receiver, delay) in receivers.iter().zip(&mut delays) {
            if delay.is_none() && !receiver.requests().is_empty() {
                *delay = Some(begun.elapsed());
            }
        }
    }
    delays.into_iter().flatten().collect()
}
