//! What Lambda does in a function's name, and by its rights, to hand it what is on a queue.

use aws_sdk_sqs::{
    Client,
    types::{Message, QueueAttributeName},
};
use domain::queue::Queue;
use serde_json::{Value, json};

use crate::{fixture::Fixture, rights::Rights};

/// The mapping of a queue to a function.
#[derive(Debug)]
pub struct Mapping {
    client: Client,
    url: String,
}

impl Mapping {
    /// That of `queue` to the function that has these rights.
    #[must_use]
    pub fn of(rights: &Rights, fixture: &Fixture, queue: &Queue) -> Self {
        let config = fixture.clients.sqs.config().to_builder().interceptor(rights.clone()).build();
        Self { client: Client::from_conf(config), url: queue.url().to_owned() }
    }

    /// Hands what is on the queue to `function`, 10 messages at most, and deletes what that does not name as failed;
    /// says how many messages there were.
    pub async fn deliver_batch(&self, function: impl AsyncFnOnce(Value) -> Value) -> usize {
        // Of these, Lambda looks at how long a message stays away.
        let attributes = self.client.get_queue_attributes().queue_url(&self.url);
        let attributes =
            attributes.attribute_names(QueueAttributeName::VisibilityTimeout).send().await.unwrap();
        let away = &attributes.attributes.unwrap()[&QueueAttributeName::VisibilityTimeout];
        let receive = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        let received = receive.visibility_timeout(away.parse().unwrap()).send().await.unwrap();
        let messages = received.messages.unwrap_or_default();
        let records: Vec<_> = messages.iter().map(record).collect();
        let answer = function(json!({ "Records": records })).await;
        let failed: Vec<_> = answer["batchItemFailures"].as_array().unwrap().iter().collect();
        for message in &messages {
            if failed.iter().any(|failure| failure["itemIdentifier"] == json!(message.message_id)) {
                continue;
            }
            let delete = self.client.delete_message().queue_url(&self.url);
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
        messages.len()
    }
}

fn record(message: &Message) -> Value {
    json!({ "messageId": message.message_id, "body": message.body, "eventSource": "aws:sqs" })
}
