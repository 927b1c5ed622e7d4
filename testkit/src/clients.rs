//! AWS clients that a test stands in front of.

use aws_sdk_dynamodb::config::SharedHttpClient;
use domain::aws::Clients;

/// The environment's clients over an HTTP client that `wrap` puts around the usual one: for tests that stand
/// between the SDK and the service.
pub async fn clients_through(wrap: impl FnOnce(SharedHttpClient) -> SharedHttpClient) -> Clients {
    let Clients { dynamodb, sqs } = Clients::from_env().await;
    let http_client = wrap(dynamodb.config().http_client().expect("both clients share one HTTP client"));
    let dynamodb = dynamodb.config().to_builder().http_client(http_client.clone()).build();
    let sqs = sqs.config().to_builder().http_client(http_client).build();
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        sqs: aws_sdk_sqs::Client::from_conf(sqs),
    }
}
