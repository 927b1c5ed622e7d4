//! The function `deliver`: see [`functions::webhooks::deliver`].

use functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run_deliver().await
}
