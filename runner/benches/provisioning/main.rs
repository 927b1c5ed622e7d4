//! What the runner costs: one store and many through it, beside a client that creates the very same
//! objects and waits for them, and nothing else. `make bench` runs it on a stack of its own.
//!
//! The two sides take turns, so that whatever else the machine does meets both. The numbers are
//! reported, never judged by the exit code: machines are noisy, and a budget is read by a person.

mod bulk;
mod cpu_time;
#[path = "../../tests/support/in_process_runner.rs"]
mod in_process_runner;
mod one_by_one;
mod options;
mod process;
mod reference;
mod report;
#[path = "../../tests/support/runner_command.rs"]
mod runner_command;
mod sample;
mod stage;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::{options::Options, report::Report, stage::Stage};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut terminate = signal(SignalKind::terminate())?;
    let stage = Stage::new(&options).await?;
    // Dropped by the other branches, it takes its worker and its process with it.
    let measured = tokio::select! {
        report = Box::pin(measure(&stage, &options)) => report,
        _ = tokio::signal::ctrl_c() => bail_interrupted(),
        _ = terminate.recv() => bail_interrupted(),
    };
    let removed = stage.remove().await;
    let report = measured?;
    removed.context("what the bench made was not removed")?;

    println!("{report}");
    if let Some(path) = &options.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("{} can't be written", path.display()))?;
        progress(format_args!("the same as JSON: {}", path.display()));
    }
    Ok(())
}

async fn measure(stage: &Stage, options: &Options) -> anyhow::Result<Report> {
    let mut report = Report::new()?;
    one_by_one::measure(stage, options, &mut report).await?;
    bulk::measure(stage, options, &mut report).await?;
    Ok(report)
}

fn bail_interrupted() -> anyhow::Result<Report> {
    bail!("interrupted")
}

/// A line for who waits: on standard error, so that the tables alone are the output.
fn progress(line: std::fmt::Arguments<'_>) {
    eprintln!("bench: {line}");
}
