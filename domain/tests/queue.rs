//! The queue, on ElasticMQ; and the sweep, which ties it to the table.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    queue::{
        Delivery, Queue,
        job::PICKUP_GRACE,
        job::{Job, JobError},
        sweep::sweep,
    },
    table::LeasedStore,
    values::timestamp::Timestamp,
};
use testkit::fixture::Fixture;

const VISIBILITY: Duration = Duration::from_secs(60);

async fn receive(queue: &Queue) -> Vec<Delivery> {
    queue.receive(10, Duration::ZERO, VISIBILITY).await.unwrap()
}

async fn receive_one(queue: &Queue) -> Delivery {
    let mut deliveries = queue.receive(1, Duration::from_secs(5), VISIBILITY).await.unwrap();
    assert_eq!(deliveries.len(), 1);
    deliveries.remove(0)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_job_arrives_with_its_trace_and_goes_when_it_is_acknowledged() {
    let fixture = Fixture::new().await;
    let job = Job::of(&fixture.store().await).unwrap();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let before = Timestamp::now();
    fixture.queue.send(&job, Some(trace)).await.unwrap();

    let delivery = receive_one(&fixture.queue).await;
    assert_eq!(delivery.job().unwrap(), job);
    assert_eq!((delivery.traceparent(), delivery.receives()), (Some(trace), 1));
    let sent = delivery.sent().unwrap();
    assert!(before <= sent && sent <= Timestamp::now(), "{sent} is when it was sent");
    assert!(receive(&fixture.queue).await.is_empty(), "it is hidden while somebody has it");
    delivery.acknowledge().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_job_that_is_given_back_is_there_for_others_at_once() {
    let fixture = Fixture::new().await;
    let job = Job::of(&fixture.store().await).unwrap();
    fixture.queue.send(&job, None).await.unwrap();
    receive_one(&fixture.queue).await.nack(Duration::ZERO).await.unwrap();
    let again = receive_one(&fixture.queue).await;
    assert_eq!((again.receives(), again.traceparent()), (2, None));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_message_of_another_version_can_be_received_and_answered_for() {
    let fixture = Fixture::new().await;
    let body = r#"{"version":99}"#;
    fixture
        .clients
        .sqs
        .send_message()
        .queue_url(fixture.queue.url())
        .message_body(body)
        .send()
        .await
        .unwrap();
    let delivery = receive_one(&fixture.queue).await;
    assert!(matches!(delivery.job(), Err(JobError::Version { found: 99 })));
    delivery.acknowledge().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_queue_is_made_once_with_its_dead_letter_queue() {
    let fixture = Fixture::new().await;
    let again =
        Queue::create_if_absent(fixture.clients.sqs.clone(), fixture.queue.url().rsplit('/').next().unwrap())
            .await
            .unwrap();
    assert_eq!(again.url(), fixture.queue.url());
    let attributes = fixture
        .clients
        .sqs
        .get_queue_attributes()
        .queue_url(fixture.queue.dead_letter_url())
        .attribute_names(aws_sdk_sqs::types::QueueAttributeName::QueueArn)
        .send()
        .await
        .unwrap();
    assert!(attributes.attributes.is_some());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_job_was_lost_is_found_once_it_is_due() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let due = Timestamp::now().plus(PICKUP_GRACE);
    assert_eq!(sweep(&fixture.table, &fixture.queue, Timestamp::now()).await.unwrap(), 0);
    assert_eq!(sweep(&fixture.table, &fixture.queue, due).await.unwrap(), 1);
    assert_eq!(receive_one(&fixture.queue).await.job().unwrap(), Job::of(&store).unwrap());
    assert_eq!(sweep(&fixture.table, &fixture.queue, due).await.unwrap(), 0, "it was just looked at");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_sweeps_at_once_one_sends_the_job() {
    let fixture = Fixture::new().await;
    fixture.store().await;
    let due = Timestamp::now().plus(PICKUP_GRACE);
    let sweeps = (0..10).map(|_| {
        let Fixture { table, queue, .. } = fixture.clone();
        tokio::spawn(async move { sweep(&table, &queue, due).await.unwrap() })
    });
    let mut sent = 0;
    for each in sweeps.collect::<Vec<_>>() {
        sent += each.await.unwrap();
    }
    assert_eq!(sent, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_swept_up_once_its_runner_is_silent_for_a_lease() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let lease = Duration::from_secs(600);
    let LeasedStore { .. } = fixture.table.acquire_lease(&store, "runner-1", now, lease).await.unwrap();
    let sweep = |now| sweep(&fixture.table, &fixture.queue, now);
    assert_eq!(sweep(now.plus(PICKUP_GRACE)).await.unwrap(), 0, "its runner still has it");
    assert_eq!(sweep(now.plus(lease)).await.unwrap(), 1);
}
