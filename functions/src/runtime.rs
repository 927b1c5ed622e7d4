//! Runs a function under the Lambda runtime.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use axum::Router;
use domain::{aws::Environment, queue::Queue, table::Table};
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt as _};

use crate::{
    app::App,
    clock::Clock,
    config::{Config, ConfigError, Places},
    gateway::{self, Invocation},
    metrics::Metrics,
    middleware::request_log,
    request::id::RequestId,
    sweep::{RESERVE, Sweeper},
};

/// Reads the settings, makes the clients, and answers events with `routes` until Lambda ends the
/// process.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run(routes: fn(App) -> Router) -> Result<(), lambda_runtime::Error> {
    let (Config { places, settings }, environment) = start(Config::read).await?;
    let Places { table, queue, function } = places;
    let table = Table::new(environment.dynamodb(), table);
    let queue = move || Queue::new(environment.sqs(), queue);
    let app = App::new(table, queue, settings, Clock::system(), Metrics::to_stdout(function));
    let routes = routes(app);
    // An event that is not read yet is always one for the library: what can't be read is answered.
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let routes = routes.clone();
        async move {
            let LambdaEvent { payload, context, .. } = event;
            let (request_id, xray_trace_id) = (context.request_id, context.xray_trace_id);
            Ok::<_, Infallible>(
                gateway::answer(routes, &payload, Invocation { request_id, xray_trace_id }).await,
            )
        }
    }))
    .await
}

/// The same for the function `sweep`. Whatever wakes it, it looks at what is overdue now.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run_sweep() -> Result<(), lambda_runtime::Error> {
    let (Places { table, queue, function }, environment) = start(Places::read).await?;
    let sweeper = &Sweeper {
        table: Table::new(environment.dynamodb(), table),
        queue: Queue::new(environment.sqs(), queue),
        clock: Clock::system(),
        metrics: Metrics::to_stdout(function),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<IgnoredAny>| {
        let context = event.context;
        let time = context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        Box::pin(sweeper.run(RequestId::of(context.request_id), time.saturating_sub(RESERVE)))
    }))
    .await
}

/// Looks up an environment variable.
type Variable = fn(&str) -> Option<String>;

/// What each function begins with: its log, and what `read` finds in its environment.
async fn start<T>(
    read: impl FnOnce(Variable) -> Result<T, ConfigError>,
) -> Result<(T, Environment), ConfigError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    request_log::lines_to(std::io::stdout, filter).init();
    // What a program ends with is written in the form for programmers.
    let config = read(|name| std::env::var(name).ok())
        .inspect_err(|error| tracing::error!(%error, "the function can't start"))?;
    Ok((config, Environment::load().await))
}
