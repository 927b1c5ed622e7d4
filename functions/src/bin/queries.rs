//! The function `queries`: see [`functions::app::queries`].

use functions::{app, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    runtime::run(app::queries).await
}
