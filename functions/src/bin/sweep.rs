//! The function `sweep`: see [`functions::sweep`].

use functions::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run_sweep().await
}
