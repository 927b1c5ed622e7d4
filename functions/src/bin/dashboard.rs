//! The function `dashboard`: see [`functions::dashboard`].

use functions::{dashboard::EMBEDDED, runtime};

const _: () = assert!(
    cfg!(debug_assertions) || !EMBEDDED.is_empty(),
    "the dashboard is not built, and this release would be deployed without it: run `make dashboard` before"
);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::run_dashboard().await
}
