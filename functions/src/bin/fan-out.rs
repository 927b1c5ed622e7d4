//! The function `fan-out`: see [`functions::webhooks::fan_out`].

use functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run_fan_out().await
}
