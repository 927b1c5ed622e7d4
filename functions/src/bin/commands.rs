//! The function `commands`: see [`functions::routes::commands`].

use functions::{routes, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(routes::commands).await
}
