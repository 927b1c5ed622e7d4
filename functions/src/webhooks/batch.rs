//! A batch of messages as Lambda hands it over from a queue, and which of them are to come back.

use std::future::Future;

use domain::queue::hint::Hint;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

/// The event of a batch.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
#[derive(Debug, Deserialize)]
pub struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    body: String,
}

/// Which messages failed: these come back, the others are done (`ReportBatchItemFailures`).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

impl BatchAnswer {
    /// How many failed.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.batch_item_failures.len()
    }
}

impl Batch {
    /// Does `handle` for the hint of each message, all at the same time.
    pub async fn each<F, E>(self, handle: impl Fn(Hint) -> F) -> BatchAnswer
    where
        F: Future<Output = Result<(), E>>,
        E: std::fmt::Display,
    {
        let handled = self.records.into_iter().map(|Message { message_id, body }| {
            let work = serde_json::from_str(&body).map(&handle);
            async move {
                let failed = match work {
                    Ok(work) => work.await.err().map(|error| error.to_string()),
                    Err(error) => Some(format!("it is no hint: {error}")),
                };
                failed.map(|error| {
                    tracing::error!(message = message_id, error, "a message is to come back");
                    ItemFailure { item_identifier: message_id }
                })
            }
        });
        let batch_item_failures = join_all(handled).await.into_iter().flatten().collect();
        BatchAnswer { batch_item_failures }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn only_what_failed_comes_back() {
        let body = |audience: &str| {
            json!({ "type": "notice", "audience": audience, "notice": uuid::Uuid::nil() }).to_string()
        };
        let batch: Batch = serde_json::from_value(json!({ "Records": [
            { "messageId": "1", "body": body("ada"), "eventSource": "aws:sqs" },
            { "messageId": "2", "body": body("eve") },
            { "messageId": "3", "body": "{}" },
        ] }))
        .unwrap();
        let answer = batch
            .each(|hint| async move {
                match hint {
                    Hint::Notice(key) if key.audience == "ada" => Ok(()),
                    Hint::Notice(_) | Hint::Delivery { .. } => Err("no"),
                }
            })
            .await;
        let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "2" }, { "itemIdentifier": "3" }] });
        assert_eq!(serde_json::to_value(answer).unwrap(), failed);
    }
}
