//! The runner's process: reads settings, makes clients, works until SIGTERM. One thread is enough: all
//! that it does is waiting for answers.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use domain::{
    aws::{Clients, Environment},
    queue::Queue,
    table::Table,
};
use runner::{
    cli::{Cli, Command},
    cluster,
    config::{Config, LogFormat},
    front::{Front, config::FrontConfig},
    observe::endpoints::{self, Endpoints},
    observe::metrics::Metrics,
    observe::readiness::Readiness,
    runner::Runner,
    visit::HttpsCheck,
    worker,
    worker::shutdown::Shutdown,
};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match cli.command {
        Command::Run(config) => Box::pin(run(*config)).await.map(|()| ExitCode::SUCCESS),
        Command::Front(config) => front(config).await.map(|()| ExitCode::SUCCESS),
        Command::Render(render) => render.print().map(|()| ExitCode::SUCCESS),
        // 1 says that something differs: an error must not be taken for that.
        Command::Diff(diff) => Ok(Box::pin(diff.print()).await.unwrap_or_else(unsaid)),
        // The same of what is still to be migrated.
        Command::MigrateRoutes(migration) => Ok(migration.print().await.unwrap_or_else(unsaid)),
    }
}

/// Says why nobody can say, and which exit code that is.
fn unsaid(error: anyhow::Error) -> ExitCode {
    stdio::note(format_args!("Error: {error:#}"));
    ExitCode::from(2)
}

async fn run(config: Config) -> anyhow::Result<()> {
    let Config { table_name, queue_url, notices_queue_url, listen, log_format, limits, store } = config;
    start_logging(log_format);
    if let Some(warning) = store.warning() {
        tracing::warn!("{warning}");
    }
    let listener = endpoints::listen(listen, endpoints::LISTEN).await?;
    let address = listener.local_addr().context("the address of --listen can't be read")?;
    let clients = Clients::from_env().await;
    let readiness = Readiness::default();
    let client = cluster::connect(readiness.clone()).await?;
    let shutdown = Shutdown::on_signal(limits.shutdown_grace()).context("can't listen for signals")?;
    let table = Table::new(clients.dynamodb, table_name);
    let notices = notices_queue_url.map(|url| Queue::new(clients.sqs.clone(), url));
    let runner = Runner {
        table: match notices {
            Some(notices) => worker::hints::hinting(table, notices),
            None => table,
        },
        queue: Queue::new(clients.sqs, queue_url),
        client,
        https: HttpsCheck::of(&store),
        settings: store,
        limits,
        holder: holder(),
        metrics: Metrics::new(),
        readiness,
    };
    tracing::info!(holder = runner.holder, slots = runner.limits.slots, %address, "the runner is up");
    let runner = Arc::new(runner);
    let endpoints = Endpoints::serve(listener, endpoints::router(Arc::clone(&runner)));
    worker::run(runner, shutdown).await;
    // Last, so that the last metrics can still be read.
    endpoints.stop().await;
    Ok(())
}

async fn front(config: FrontConfig) -> anyhow::Result<()> {
    start_logging(config.log_format);
    let visitors = endpoints::listen(config.front_listen, "--front-listen (FRONT_LISTEN)").await?;
    let probes = endpoints::listen(config.listen, endpoints::LISTEN).await?;
    let (visited, address) = (visitors.local_addr()?, probes.local_addr()?);
    let table = Table::new(Environment::load().await.dynamodb(), config.table_name.clone());
    let front = Front::new(table, &config).context("the pages can't be made")?;
    let shutdown = Shutdown::on_signal(config.drain()).context("can't listen for signals")?;
    tracing::info!(domain = config.store_domain, visitors = %visited, %address, "the front is up");
    front.serve(visitors, probes, shutdown).await;
    Ok(())
}

/// A name that no other process has, even one that takes this one's place in the same pod.
fn holder() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "runner".into());
    format!("{host}-{}", Uuid::new_v4().simple())
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // The client logs an answer that it can't read with all that is in it: of a Secret, its values. And
    // what carries a command's input logs each of its messages.
    let quiet = ["kube_client::client=error", "tungstenite=error", "tokio_tungstenite=error"];
    let filter = quiet.into_iter().fold(filter, |filter, target| match target.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    });
    let logs = tracing_subscriber::fmt().with_env_filter(filter);
    match format {
        LogFormat::Json => logs.json().flatten_event(true).init(),
        LogFormat::Pretty => logs.init(),
    }
}
