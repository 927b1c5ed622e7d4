//! What calls functions on AWS that nobody calls by HTTP: the mapping of a queue to a function, and the schedule.
//!
//! A mapping polls its queue, invokes the function with what it got, and deletes what the function has not named as
//! failed (`ReportBatchItemFailures`). What failed, and all of a batch whose invocation failed, comes back once its
//! visibility ends. As Lambda does it, with as many batches at once as there are runtimes.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::queue::{Delivery, Queue};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

/// How many messages a function gets at once.
const BATCH: usize = 10;
/// How long a poll waits for messages.
const WAIT: Duration = Duration::from_secs(20);
/// How long a function has for a batch before its messages come back.
const VISIBILITY: Duration = Duration::from_secs(60);
/// How often `sweep` is called.
const SCHEDULE: Duration = Duration::from_secs(60);
/// How long to wait when the queue or the function does not answer.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// Hands the messages of `queue` to the function at `url`, without end.
pub(crate) async fn map(queue: Queue, client: Client, url: String) {
    let mut pause = interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if let Err(error) = deliver_batch(&queue, &client, &url).await {
            stdio::note(format_args!("the queue of {url}: {error:#}"));
            pause.tick().await;
        }
    }
}

/// Invokes `sweep` at `url` each minute, without end.
pub(crate) async fn schedule(client: Client, url: String) {
    let mut minutes = interval(SCHEDULE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        let event = json!({ "detail-type": "Scheduled Event", "source": "aws.events", "detail": {} });
        if let Err(error) = invoke(&client, &url, &event).await {
            stdio::note(format_args!("the schedule: {error:#}"));
        }
    }
}

async fn deliver_batch(queue: &Queue, client: &Client, url: &str) -> Result<()> {
    let messages = queue.receive(BATCH, WAIT, VISIBILITY).await?;
    if messages.is_empty() {
        return Ok(());
    }
    let answer = invoke(client, url, &event(&messages)).await?;
    let Answer { batch_item_failures: failures } =
        serde_json::from_value(answer).context("the function does not say which messages failed")?;
    for (number, message) in messages.into_iter().enumerate() {
        if !failures.iter().any(|failure| failure.item_identifier == number.to_string()) {
            message.acknowledge().await?;
        }
    }
    Ok(())
}

/// The event of a batch; its messages are named by their number in it.
fn event(messages: &[Delivery]) -> Value {
    let records = messages.iter().enumerate().map(|(number, message)| {
        json!({
            "messageId": number.to_string(),
            "body": message.body(),
            "attributes": { "ApproximateReceiveCount": message.receives().to_string() },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "awsRegion": "us-east-1",
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

async fn invoke(client: &Client, url: &str, event: &Value) -> Result<Value> {
    let answer = client.post(url).json(event).send().await.context("the function can't be invoked")?;
    let status = answer.status();
    if !status.is_success() {
        bail!("the function answered {status}");
    }
    answer.json().await.context("the function's answer is no JSON")
}
