//! The function `queries`: see [`functions::router::queries`].

use functions::{router, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(router::queries).await
}
