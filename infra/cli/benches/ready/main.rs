//! How long a store takes until it is Ready on a cluster with real pods, step by step, how much memory its
//! containers take on the way and while their shop sells, beside their limits: `make bench-ready
//! KUBECONFIG=FILE`. The images are those that `STORE_IMAGE` and `MYSQL_IMAGE` name, and the nodes should have
//! them, unless the pull is to be measured too.
//!
//! The numbers are reported, never judged by the exit code: they are a machine's, on a day.

mod checkout;
#[path = "../../tests/real_cluster/kubectl.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "it is a test's, which uses more of it and may panic")]
mod kubectl;
mod memory;
mod report;
mod round;
#[path = "../../tests/real_cluster/visitor.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "it is a test's, which uses more of it and may panic")]
mod visitor;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;

use crate::{report::Report, round::Round};

/// Times stores until they are Ready, on a cluster with real pods.
#[derive(Debug, Parser)]
struct Options {
    /// How many stores are made, one after the other
    #[arg(long, default_value_t = 3)]
    rounds: u32,

    /// How many buyers check out at the same time in each store
    #[arg(long, default_value_t = 4)]
    buyers: u32,

    /// How often each of them does
    #[arg(long, default_value_t = 5)]
    checkouts: u32,

    /// Also write the times as JSON, for a later `--before`
    #[arg(long)]
    json: Option<PathBuf>,

    /// What an earlier run has written with `--json`, to be shown beside
    #[arg(long)]
    before: Option<PathBuf>,

    /// `cargo bench` says so
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let before = options.before.as_deref().map(Report::read).transpose()?;
    let client = kube::Client::try_default().await.context("KUBECONFIG names no cluster")?;
    let mut report = Report::default();
    for number in 1..=options.rounds {
        let round = Box::pin(Round::play(&client, options.buyers, options.checkouts)).await?;
        eprintln!("bench-ready: store {number} of {}: Ready after {:.1} s", options.rounds, round.ready);
        report.add(round);
    }
    println!("{}", report.beside(before.as_ref()));
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    Ok(())
}
