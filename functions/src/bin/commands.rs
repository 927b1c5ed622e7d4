//! The function `commands`: see [`functions::app::commands`].

use functions::{app, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    runtime::run(app::commands).await
}
