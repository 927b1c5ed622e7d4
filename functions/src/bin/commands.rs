//! The function `commands`: see [`functions::router::commands`].

use functions::{router, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(router::commands).await
}
