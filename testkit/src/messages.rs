//! What is on a fixture's queue, as SQS counts it.

use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesDelayed as Delayed,
    ApproximateNumberOfMessagesNotVisible as Received,
};

use crate::fixture::Fixture;

impl Fixture {
    /// How many messages are on the queue: those that wait, that come later, and that somebody has received.
    pub async fn messages(&self) -> u32 {
        self.messages_at(self.queue.url()).await
    }

    /// How many messages are on its dead-letter queue.
    pub async fn dead_letters(&self) -> u32 {
        self.messages_at(&self.queue.dead_letter_url()).await
    }

    async fn messages_at(&self, url: &str) -> u32 {
        let counts = [Visible, Delayed, Received];
        let request = self.clients.sqs.get_queue_attributes().queue_url(url);
        let answer = request.set_attribute_names(Some(counts.to_vec())).send().await.unwrap();
        let attributes = answer.attributes.unwrap();
        counts.iter().map(|name| attributes[name].parse::<u32>().unwrap()).sum()
    }
}
