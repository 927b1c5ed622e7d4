//! The AWS clients, made once a process.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// The clients of the table and of the queue, over one HTTP connection pool.
#[derive(Clone, Debug)]
pub struct Clients {
    /// DynamoDB.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Configured by the environment, as every AWS SDK is; `AWS_ENDPOINT_URL_DYNAMODB` and
    /// `AWS_ENDPOINT_URL_SQS` lead to a local stack.
    pub async fn from_env() -> Self {
        let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
        Self::of(&config)
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
        let dynamodb =
            aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(dynamodb_endpoint).build();
        let sqs = aws_sdk_sqs::config::Builder::from(&config).endpoint_url(sqs_endpoint).build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
        }
    }

    fn of(config: &SdkConfig) -> Self {
        Self { dynamodb: aws_sdk_dynamodb::Client::new(config), sqs: aws_sdk_sqs::Client::new(config) }
    }
}

/// `ring` in place of the SDK's default `aws-lc`: a smaller binary that starts sooner.
fn http_client() -> aws_sdk_dynamodb::config::SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
