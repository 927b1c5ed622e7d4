//! Runs a function under the Lambda runtime.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::Router;
use domain::{
    aws::Environment,
    queue::{Queue, hint::HintQueues},
    table::Table,
};
use lambda_runtime::{LambdaEvent, service_fn};
use outbound::{client::Client, limits::Limits, tls::Trust};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt as _};

use crate::{
    app::{App, Webhooks},
    clock::Clock,
    config::{Config, ConfigError, Places},
    dashboard,
    gateway::{self, Invocation},
    metrics::Metrics,
    middleware::request_log,
    request::id::RequestId,
    sweep::{RESERVE, Sweeper},
    webhooks::{
        batch::Batch,
        deliver::Deliverer,
        fan_out::FanOut,
        settings::{DeliverPlaces, FanOutPlaces, HintPlaces, WebhookSettings},
    },
};

/// Reads the settings, makes the clients, and answers events with `routes` until Lambda ends the
/// process.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run(routes: fn(App) -> Router) -> Result<(), lambda_runtime::Error> {
    let read = |variable: Variable| Ok((Config::read(variable)?, WebhookSettings::read(variable)?));
    let ((Config { places, settings }, webhooks), environment) = start(read).await?;
    let Places { table, queue, function } = places;
    let table = Table::new(environment.dynamodb(), table);
    let WebhookSettings { deliveries, key, policy } = webhooks;
    let (jobs, hints) = (environment.clone(), environment.clone());
    let deliveries = move || Queue::new(hints.sqs(), deliveries);
    let webhooks = Webhooks::new(deliveries, key.store(environment), policy);
    let queue = move || Queue::new(jobs.sqs(), queue);
    let app = App::new(table, queue, webhooks, settings, Clock::system(), Metrics::to_stdout(function));
    answer_events(routes(app)).await
}

/// The same for the function `dashboard`, which calls nothing.
///
/// # Errors
/// When a setting is wrong, or the runtime API can't be reached.
pub async fn run_dashboard() -> Result<(), lambda_runtime::Error> {
    write_log();
    let settings = dashboard::Settings::read(|name| std::env::var(name).ok())
        .inspect_err(|error| tracing::error!(%error, "the function can't start"))?;
    answer_events(dashboard::routes(dashboard::EMBEDDED, settings)).await
}

/// Answers the gateway's events with `routes` until Lambda ends the process.
async fn answer_events(routes: Router) -> Result<(), lambda_runtime::Error> {
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

/// How long a sweep may take that has no deadline.
const WITHOUT_DEADLINE: Duration = Duration::from_secs(45);

/// The same for the function `sweep`. Whatever wakes it, it looks at what is overdue now.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run_sweep() -> Result<(), lambda_runtime::Error> {
    let read = |variable: Variable| Ok((Places::read(variable)?, HintPlaces::read(variable)?));
    let ((Places { table, queue, function }, hints), environment) = start(read).await?;
    let sqs = environment.sqs();
    let sweeper = &Sweeper {
        table: Table::new(environment.dynamodb(), table),
        queue: Queue::new(sqs.clone(), queue),
        hints: HintQueues {
            notices: Queue::new(sqs.clone(), hints.notices),
            deliveries: Queue::new(sqs, hints.deliveries),
        },
        clock: Clock::system(),
        metrics: Metrics::to_stdout(function),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<IgnoredAny>| {
        let context = event.context;
        // Lambda gives each event a time that is to come. What plays it on a machine of one's own may give none.
        let left = context.deadline().duration_since(SystemTime::now()).ok().filter(|left| !left.is_zero());
        let time = left.map_or(WITHOUT_DEADLINE, |left| left.saturating_sub(RESERVE));
        Box::pin(sweeper.run(RequestId::of(context.request_id), time))
    }))
    .await
}

/// The function `fan-out`, which gets batches of hints at notices.
///
/// # Errors
/// When a setting is missing or wrong, or the runtime API can't be reached.
pub async fn run_fan_out() -> Result<(), lambda_runtime::Error> {
    let (FanOutPlaces { table, deliveries }, environment) = start(FanOutPlaces::read).await?;
    let fan_out = &FanOut {
        table: Table::new(environment.dynamodb(), table),
        deliveries: Queue::new(environment.sqs(), deliveries),
        clock: Clock::system(),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Batch>| async {
        Ok::<_, Infallible>(fan_out.run(event.payload).await)
    }))
    .await
}

/// The function `deliver`, which gets batches of hints at deliveries.
///
/// # Errors
/// When a setting is missing or wrong, the system has no root certificates, or the runtime API can't be reached.
pub async fn run_deliver() -> Result<(), lambda_runtime::Error> {
    let read = |variable: Variable| Ok((DeliverPlaces::read(variable)?, WebhookSettings::read(variable)?));
    let ((places, WebhookSettings { deliveries, key, policy }), environment) = start(read).await?;
    let trust =
        Trust::in_system().inspect_err(|error| tracing::error!(%error, "the function can't start"))?;
    let deliverer = &Deliverer {
        table: Table::new(environment.dynamodb(), places.table),
        deliveries: Queue::new(environment.sqs(), deliveries),
        client: Client::new(trust, Limits::default()),
        policy,
        key: Arc::new(key.store(environment)),
        api: places.api,
        clock: Clock::system(),
        metrics: Metrics::to_stdout(places.function),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Batch>| async {
        let request = RequestId::of(event.context.request_id);
        Ok::<_, Infallible>(Box::pin(deliverer.run(&request, event.payload)).await)
    }))
    .await
}

/// Looks up an environment variable.
type Variable = fn(&str) -> Option<String>;

/// What each function begins with: its log, and what `read` finds in its environment.
async fn start<T>(
    read: impl FnOnce(Variable) -> Result<T, ConfigError>,
) -> Result<(T, Environment), ConfigError> {
    write_log();
    // What a program ends with is written in the form for programmers.
    let config = read(|name| std::env::var(name).ok())
        .inspect_err(|error| tracing::error!(%error, "the function can't start"))?;
    Ok((config, Environment::load().await))
}

/// From here on, what is logged goes to standard output, which Lambda takes to the function's log.
fn write_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    request_log::lines_to(std::io::stdout, filter).init();
}
