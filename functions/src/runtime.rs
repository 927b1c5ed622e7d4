//! Runs a function under the Lambda runtime.

use axum::Router;
use domain::{aws::Clients, queue::Queue, table::Table};
use tracing_subscriber::EnvFilter;

use crate::{app::App, clock::Clock, config::Config};

/// Reads the settings, makes the clients, and answers events with `routes` until Lambda ends the
/// process.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run(routes: fn(App) -> Router) -> Result<(), lambda_http::Error> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).init();
    let Config { table, queue, settings } = Config::read(|name| std::env::var(name).ok())?;
    let clients = Clients::from_env().await;
    let (table, queue) = (Table::new(clients.dynamodb, table), Queue::new(clients.sqs, queue));
    let app = App::new(table, queue, settings, Clock::system());
    lambda_http::run(routes(app)).await
}
