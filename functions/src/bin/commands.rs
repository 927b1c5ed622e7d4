//! The function `commands`: see [`functions::routes::commands`].

use functions::{routes, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    runtime::run(routes::commands).await
}
