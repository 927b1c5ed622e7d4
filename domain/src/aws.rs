//! The AWS clients, made once a process.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{
    config::{Credentials, SharedCredentialsProvider, SharedHttpClient},
    error::DisplayErrorContext,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use secrecy::SecretString;

/// How long DynamoDB may take to answer: a lease must be extended several times in its length.
const DYNAMODB_ANSWER: Duration = Duration::from_secs(4);
/// How long SQS may take to answer. A poll may wait for 20 s by itself.
const SQS_ANSWER: Duration = Duration::from_secs(25);

/// How long Secrets Manager may take to answer.
const SECRET_ANSWER: Duration = Duration::from_secs(4);

/// A secret was not got.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager could not be reached, or refused.
    #[error("Secrets Manager: {}", DisplayErrorContext(&**.0))]
    Refused(#[source] Box<aws_sdk_secretsmanager::Error>),
    /// It is kept as bytes.
    #[error("the secret is no text")]
    NoText,
}

/// What clients are made from: the settings of the environment, and one HTTP connection pool that
/// all of them share.
///
/// It is configured as every AWS SDK is; `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL_SQS` lead
/// to a local stack.
#[derive(Clone, Debug)]
pub struct Environment(SdkConfig);

impl Environment {
    /// Reads the settings.
    pub async fn load() -> Self {
        Self(aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await)
    }

    /// A client of DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        dynamodb((&self.0).into())
    }

    /// Secrets Manager.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let config = aws_sdk_secretsmanager::config::Builder::from(&self.0);
        let config = config.timeout_config(answer_within(SECRET_ANSWER)).build();
        Secrets::new(aws_sdk_secretsmanager::Client::from_conf(config))
    }

    /// A client of SQS.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        sqs((&self.0).into())
    }

    fn clients(&self) -> Clients {
        Clients { dynamodb: self.dynamodb(), sqs: self.sqs() }
    }
}

/// Secrets Manager, as it gives secrets out.
#[derive(Clone, Debug)]
pub struct Secrets(aws_sdk_secretsmanager::Client);

impl Secrets {
    /// Reached by `client`.
    #[must_use]
    pub fn new(client: aws_sdk_secretsmanager::Client) -> Self {
        Self(client)
    }

    /// The text of the secret `id`.
    ///
    /// # Errors
    /// [`SecretError`] when it can't be read, or is no text.
    pub async fn text(&self, id: &str) -> Result<SecretString, SecretError> {
        let answer = self.0.get_secret_value().secret_id(id).send().await;
        let answer = answer.map_err(|error| SecretError::Refused(Box::new(error.into())))?;
        answer.secret_string.map(SecretString::from).ok_or(SecretError::NoText)
    }
}

/// The clients of the table and of the queue, over one HTTP connection pool.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Configured by the [`Environment`].
    pub async fn from_env() -> Self {
        Environment::load().await.clients()
    }

    /// Clients of a local stack at these endpoints, with credentials that only such a one takes.
    #[must_use]
    pub fn local(dynamodb_endpoint: &str, sqs_endpoint: &str) -> Self {
        let credentials = Credentials::new("local", "local", None, None, "local stack");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client())
            .build();
        let dynamodb_config =
            aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(dynamodb_endpoint);
        let sqs_config = aws_sdk_sqs::config::Builder::from(&config).endpoint_url(sqs_endpoint);
        Self { dynamodb: dynamodb(dynamodb_config), sqs: sqs(sqs_config) }
    }
}

fn dynamodb(config: aws_sdk_dynamodb::config::Builder) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::from_conf(config.timeout_config(answer_within(DYNAMODB_ANSWER)).build())
}

fn sqs(config: aws_sdk_sqs::config::Builder) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::from_conf(config.timeout_config(answer_within(SQS_ANSWER)).build())
}

/// A part that takes a connection and never answers must not hold a caller for ever.
fn answer_within(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(3)).operation_attempt_timeout(limit).build()
}

/// `ring` in place of the SDK's default `aws-lc`: a smaller binary that starts sooner.
fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
