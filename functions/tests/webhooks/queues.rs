//! Through the queues, as Lambda's event source mappings hand batches over.

use std::{sync::Arc, time::Duration};

use domain::{
    queue::{
        Queue,
        hint::{self, Hint},
    },
    values::timestamp::Timestamp,
};
use functions::{request::id::RequestId, webhooks::batch::Batch};
use serde_json::json;

use crate::{
    receiver::Receiver,
    world::{Hinted, World},
};

/// What is on the queue now, as an event.
async fn batch(world: &World, queue: &Queue) -> Batch {
    let sqs = &world.fixture.clients.sqs;
    let received =
        sqs.receive_message().queue_url(queue.url()).max_number_of_messages(10).wait_time_seconds(0);
    let messages = received.send().await.unwrap().messages.unwrap_or_default();
    let mut records = Vec::new();
    for message in messages {
        let receipt = message.receipt_handle.unwrap();
        sqs.delete_message().queue_url(queue.url()).receipt_handle(receipt).send().await.unwrap();
        records.push(json!({ "messageId": message.message_id, "body": message.body }));
    }
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn hints_go_from_the_writer_to_fan_out_and_from_there_to_deliver() {
    let (mut world, receiver) = (World::new().await, Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await);
    world.listen("ada", &format!("http://127.0.0.1:{}/", receiver.port())).await;
    let hinted = Hinted::default();
    let hear = Arc::clone(&hinted);
    world.fixture.table = world.table().clone().hinting(move |key| hear.lock().unwrap().push(key));
    world.ready("ada").await;
    let keys = std::mem::take(&mut *hinted.lock().unwrap());
    assert_eq!(keys.len(), 1, "the writer hints at what it has written");
    for key in keys {
        world.queues.send(&Hint::Notice(key), Duration::ZERO).await;
    }
    let (fan_out, deliverer) =
        (world.fan_out(world.table(), &world.queues), world.deliverer(world.table(), &world.queues));
    let answer = fan_out.run(batch(&world, &world.queues.notices).await).await;
    assert_eq!(answer.failures(), 0);
    let answer = deliverer.run(&RequestId::of("r"), batch(&world, &world.queues.deliveries).await).await;
    assert_eq!((answer.failures(), receiver.requests().len()), (0, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_lost_hint_is_sent_again_by_the_sweep() {
    let (world, receiver) = (World::new().await, Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await);
    world.listen("ada", &format!("http://127.0.0.1:{}/", receiver.port())).await;
    world.ready("ada").await;
    let (table, later) = (world.table(), Timestamp::now().plus(Duration::from_secs(1)));
    let sweep = async |now| hint::sweep(table, &world.queues, now).await.unwrap();
    assert_eq!((sweep(later).await, sweep(later).await), (1, 0), "one sweep sends it");
    // That hint is lost too.
    let _ = batch(&world, &world.queues.notices).await;
    let minute = Duration::from_secs(61);
    assert_eq!(sweep(later.plus(minute)).await, 1);
    let fan_out = world.fan_out(table, &world.queues);
    fan_out.run(batch(&world, &world.queues.notices).await).await;
    // And that of the delivery.
    let _ = batch(&world, &world.queues.deliveries).await;
    world.pass(minute);
    assert_eq!(sweep(world.now()).await, 1);
    let deliverer = world.deliverer(table, &world.queues);
    deliverer.run(&RequestId::of("r"), batch(&world, &world.queues.deliveries).await).await;
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(sweep(world.now().plus(minute)).await, 0, "it is over");
}
