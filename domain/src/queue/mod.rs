//! The jobs queue, and what is on it.
//!
//! A job is a hint: the table says what there is to do. [`sweep`] sends the job of whatever is overdue once more.

pub mod hint;
pub mod job;
pub mod sweep;

use std::{collections::HashMap, time::Duration};

use aws_sdk_sqs::{
    Client,
    config::{Config, timeout::TimeoutConfig},
    error::{DisplayErrorContext, SdkError},
    types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};

use crate::{
    queue::{
        hint::{Hint, LONGEST_DELAY},
        job::{Job, JobError},
    },
    values::timestamp::Timestamp,
};

/// The message attribute that carries the W3C trace context of the request behind a job.
const TRACEPARENT: &str = "traceparent";

/// How often a message may be received before SQS moves it to the dead-letter queue. A duplicate
/// that waits for a lease uses up one receive each lease time, and a store may be worked on for
/// some twenty of those.
pub const MAX_RECEIVES: u32 = 50;

/// How long the dead-letter queue keeps a message: 14 days, the longest that SQS allows.
pub const DEAD_LETTER_RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long a send may take, tries included. Who sends has an answer to give, and a job that is not
/// sent comes later: the table is the truth.
const SEND_WITHIN: Duration = Duration::from_secs(3);

/// The jobs queue at one URL.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// SQS could not be reached, or refused.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The call failed.
    #[error("SQS: {}", DisplayErrorContext(&**.0))]
    Sqs(#[source] Box<aws_sdk_sqs::Error>),
    /// An answer without what its documentation promises.
    #[error("SQS answered without {0}")]
    Incomplete(&'static str),
    /// The job could not be written as JSON.
    #[error("the job can't be written as JSON")]
    Encode(#[from] serde_json::Error),
}

impl<E, R> From<SdkError<E, R>> for QueueError
where
    aws_sdk_sqs::Error: From<SdkError<E, R>>,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Sqs(Box::new(error.into()))
    }
}

impl Queue {
    /// The queue at `url`; nothing is called.
    #[must_use]
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Makes the queue `name` and its dead-letter queue `<name>-dead-letter`, where they are
    /// missing.
    ///
    /// # Errors
    /// [`QueueError`] when SQS can't be reached or refuses.
    pub async fn create_if_absent(client: Client, name: &str) -> Result<Self, QueueError> {
        let dead_letters = client
            .create_queue()
            .queue_name(dead_letter_name(name))
            .attributes(
                QueueAttributeName::MessageRetentionPeriod,
                DEAD_LETTER_RETENTION.as_secs().to_string(),
            )
            .send()
            .await?
            .queue_url
            .ok_or(QueueError::Incomplete("QueueUrl"))?;
        let arn = client
            .get_queue_attributes()
            .queue_url(dead_letters)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await?
            .attributes
            .and_then(|mut attributes| attributes.remove(&QueueAttributeName::QueueArn))
            .ok_or(QueueError::Incomplete("QueueArn"))?;
        let redrive = serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": MAX_RECEIVES });
        let url = client
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
            .send()
            .await?
            .queue_url
            .ok_or(QueueError::Incomplete("QueueUrl"))?;
        Ok(Self { client, url })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its dead-letter queue is, by the names that [`Self::create_if_absent`] gives.
    #[must_use]
    pub fn dead_letter_url(&self) -> String {
        dead_letter_name(&self.url)
    }

    /// Sends `job`, with the trace context of the request behind it.
    ///
    /// # Errors
    /// [`QueueError`]; the job was then perhaps sent, perhaps not.
    pub async fn send(&self, job: &Job, traceparent: Option<&str>) -> Result<(), QueueError> {
        self.send_delayed(job, traceparent, Duration::ZERO).await
    }

    /// The same, to be received after `delay`, of which SQS takes up to 15 minutes.
    ///
    /// # Errors
    /// [`QueueError`]; the job was then perhaps sent, perhaps not.
    pub async fn send_delayed(
        &self,
        job: &Job,
        traceparent: Option<&str>,
        delay: Duration,
    ) -> Result<(), QueueError> {
        let delay = seconds(delay.min(LONGEST_DELAY));
        let trace = traceparent
            .map(|value| MessageAttributeValue::builder().data_type("String").string_value(value).build())
            .transpose()
            .map_err(|_| QueueError::Incomplete("a data type"))?
            .map(|value| HashMap::from([(TRACEPARENT.to_owned(), value)]));
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(job.encode()?)
            .set_message_attributes(trace)
            .set_delay_seconds(Some(delay).filter(|delay| *delay > 0))
            .customize()
            .config_override(
                Config::builder()
                    .timeout_config(TimeoutConfig::builder().operation_timeout(SEND_WITHIN).build()),
            )
            .send()
            .await?;
        Ok(())
    }

    /// Sends `hint`, to be received after `delay`, of which SQS takes up to 15 minutes.
    ///
    /// # Errors
    /// [`QueueError`]; the hint was then perhaps sent, perhaps not.
    pub async fn send_hint(&self, hint: &Hint, delay: Duration) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(serde_json::to_string(hint)?)
            .delay_seconds(seconds(delay.min(LONGEST_DELAY)))
            .customize()
            .config_override(
                Config::builder()
                    .timeout_config(TimeoutConfig::builder().operation_timeout(SEND_WITHIN).build()),
            )
            .send()
            .await?;
        Ok(())
    }

    /// Waits up to `wait` for messages, and takes at most `most` of them (SQS gives at most 10).
    /// Each is hidden from others for `visibility`.
    ///
    /// # Errors
    /// [`QueueError`] when SQS can't be reached or refuses.
    pub async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.min(10)).unwrap_or(10))
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(visibility))
            .message_attribute_names(TRACEPARENT)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await?;
        received
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(|message| Delivery::new(self, message))
            .collect()
    }
}

/// A message that was received and not yet answered for.
///
/// [`Self::acknowledge`] and [`Self::nack`] consume it, so that it can't be answered for twice
/// or used afterwards. Dropped without either, it comes back when its visibility ends.
#[derive(Debug)]
pub struct Delivery {
    queue: Queue,
    receipt: String,
    body: String,
    traceparent: Option<String>,
    receives: u32,
    sent: Option<Timestamp>,
}

impl Delivery {
    fn new(queue: &Queue, message: Message) -> Result<Self, QueueError> {
        let traceparent = message
            .message_attributes
            .and_then(|mut attributes| attributes.remove(TRACEPARENT))
            .and_then(|value| value.string_value);
        let attributes = message.attributes.unwrap_or_default();
        let receives = attributes
            .get(&MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|count| count.parse().ok())
            .unwrap_or(1);
        let sent = attributes
            .get(&MessageSystemAttributeName::SentTimestamp)
            .and_then(|milliseconds| milliseconds.parse().ok())
            .and_then(Timestamp::from_milliseconds);
        Ok(Self {
            queue: queue.clone(),
            receipt: message.receipt_handle.ok_or(QueueError::Incomplete("ReceiptHandle"))?,
            body: message.body.ok_or(QueueError::Incomplete("Body"))?,
            traceparent,
            receives,
            sent,
        })
    }

    /// The job in it.
    ///
    /// # Errors
    /// [`JobError`] when it is none that this build can run.
    pub fn job(&self) -> Result<Job, JobError> {
        Job::decode(&self.body)
    }

    /// The trace context of the request behind it.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }

    /// What it says, as it was sent.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// How often it was received, this time included.
    #[must_use]
    pub fn receives(&self) -> u32 {
        self.receives
    }

    /// When it was sent, by the queue's clock; `None` where the queue does not say.
    #[must_use]
    pub fn sent(&self) -> Option<Timestamp> {
        self.sent
    }

    /// Keeps it hidden from others for `visibility` from now on.
    ///
    /// # Errors
    /// [`QueueError`] when SQS can't be reached or refuses.
    pub async fn extend(&self, visibility: Duration) -> Result<(), QueueError> {
        self.queue
            .client
            .change_message_visibility()
            .queue_url(&self.queue.url)
            .receipt_handle(&self.receipt)
            .visibility_timeout(seconds(visibility))
            .send()
            .await?;
        Ok(())
    }

    /// Its work is done: takes it off the queue.
    ///
    /// # Errors
    /// [`QueueError`]; it then comes back, which changes nothing but timing.
    pub async fn acknowledge(self) -> Result<(), QueueError> {
        self.queue
            .client
            .delete_message()
            .queue_url(&self.queue.url)
            .receipt_handle(&self.receipt)
            .send()
            .await?;
        Ok(())
    }

    /// Its work is not done: lets others have it after `delay`.
    ///
    /// # Errors
    /// [`QueueError`]; it then comes back when its visibility ends.
    pub async fn nack(self, delay: Duration) -> Result<(), QueueError> {
        self.extend(delay).await
    }
}

fn dead_letter_name(name: &str) -> String {
    format!("{name}-dead-letter")
}

/// Whole seconds, rounded up, within what SQS takes (12 hours).
fn seconds(duration: Duration) -> i32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole.min(43_200)).unwrap_or(43_200)
}
