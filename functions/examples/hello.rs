//! The least that a function can be: the baseline of `make bench-functions`.

use std::convert::Infallible;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let hello = json!({ "statusCode": 200, "body": "hello" });
    lambda_runtime::run(service_fn(|_: LambdaEvent<IgnoredAny>| {
        let hello = hello.clone();
        async { Ok::<Value, Infallible>(hello) }
    }))
    .await
}
