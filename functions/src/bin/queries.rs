//! The function `queries`: see [`functions::routes::queries`].

use functions::{routes, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run(routes::queries).await
}
