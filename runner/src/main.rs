//! The runner's process: reads settings, makes clients, works until SIGTERM. One thread is enough: all
//! that it does is waiting for answers.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser as _;
use domain::{aws::Clients, queue::Queue, table::Table};
use runner::{
    config::{Cli, Command, Config, LogFormat},
    runner::Runner,
    shutdown::Shutdown,
    worker::work,
};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Run(config) => run(*config).await,
    }
}

async fn run(config: Config) -> anyhow::Result<()> {
    let Config { table_name, queue_url, log_format, limits, store } = config;
    start_logging(log_format);
    let clients = Clients::from_env().await;
    let client = kubernetes().await.context("no way to the Kubernetes API (KUBECONFIG, or in a pod)")?;
    let shutdown = Shutdown::on_signal(limits.shutdown_grace()).context("can't listen for signals")?;
    let runner = Runner {
        table: Table::new(clients.dynamodb, table_name),
        queue: Queue::new(clients.sqs, queue_url),
        client,
        settings: store,
        limits,
        holder: holder(),
    };
    tracing::info!(holder = runner.holder, slots = runner.limits.slots, "the runner is up");
    work(Arc::new(runner), shutdown).await;
    Ok(())
}

/// A client as KUBECONFIG, or the pod, says. A server on this very machine is never behind a proxy.
async fn kubernetes() -> anyhow::Result<kube::Client> {
    let mut config = kube::Config::infer().await?;
    if matches!(config.cluster_url.host(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        config.proxy_url = None;
    }
    Ok(kube::Client::try_from(config)?)
}

/// A name that no other process has, even one that takes this one's place in the same pod.
fn holder() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "runner".into());
    format!("{host}-{}", Uuid::new_v4().simple())
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // The client logs an answer that it can't read with all that is in it: of a Secret, its values.
    let filter = match "kube_client::client=error".parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter);
    match format {
        LogFormat::Json => logs.json().flatten_event(true).init(),
        LogFormat::Pretty => logs.init(),
    }
}
