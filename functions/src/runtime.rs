//! Runs a function under the Lambda runtime.

use axum::Router;
use domain::{aws::Environment, queue::Queue, table::Table};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt as _};

use crate::{app::App, clock::Clock, config::Config, metrics::Metrics, request_log};

/// Reads the settings, makes the clients, and answers events with `routes` until Lambda ends the
/// process.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run(routes: fn(App) -> Router) -> Result<(), lambda_http::Error> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    request_log::lines_to(std::io::stdout, filter).init();
    let Config { table, queue, function, cursors, settings } = Config::read(|name| std::env::var(name).ok())?;
    let environment = Environment::load().await;
    let table = Table::new(environment.dynamodb(), table);
    let queue = move || Queue::new(environment.sqs(), queue);
    let app = App::new(table, queue, cursors, settings, Clock::system(), Metrics::to_stdout(function));
    lambda_http::run(routes(app)).await
}
