//! What a health sweep over all stores costs as stores grow, beside a client that asks for what there
//! is of each store. `make bench-health` runs it on a stack of its own.
//!
//! The two take turns, over the same stores, through the same account. The numbers are reported, never judged
//! by the exit code; that a sweep over so many stores lists pages and writes nothing that has not changed is
//! asserted, as the test `scale` does.

#[path = "../../tests/scale/fleet.rs"]
mod fleet;
#[path = "../../tests/support/in_process_runner.rs"]
mod in_process_runner;
#[path = "../../tests/support/runner_command.rs"]
mod runner_command;
#[path = "../provisioning/sample.rs"]
#[expect(dead_code, reason = "the other bench uses more of it")]
mod sample;

use std::{
    collections::BTreeSet,
    env,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use domain::{store::Store, values::timestamp::Timestamp};
use futures_util::try_join;
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, Pod, ResourceQuota};
use kube::{Api, Client, api::ListParams};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use runner::{
    health::{HealthSweep, HealthSweepReport, HealthSweeper},
    runner::Runner,
};
use testkit::{
    account::Account,
    fixture::Fixture,
    meter::{Consumed, Meter},
};

use crate::{runner_command::runner_command, sample::Sample};

/// How many sweeps the runner's process makes before its memory is read.
const SWEEPS: usize = 5;
/// How often the table is asked how many that were.
const POLL: Duration = Duration::from_millis(100);

/// Measures a health sweep over all stores at several numbers of stores. Needs the local stack:
/// `make bench-health` starts one.
#[derive(Debug, Parser)]
struct Options {
    /// How many stores there are, one measurement after the other
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000")]
    stores: Vec<usize>,

    /// How many sweeps of each kind, in turns
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What was measured at one number of stores.
struct Row {
    stores: usize,
    sweep: Sample,
    takeover: Duration,
    naive: Sample,
    naive_requests: usize,
    report: HealthSweepReport,
    consumed: Consumed,
    /// What the runner's process holds of the memory at most, in megabytes, when all that it does is this.
    memory: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if env::var_os("AWS_ENDPOINT_URL_DYNAMODB").is_none() {
        bail!("the bench needs the local stack: run it with `make bench-health`");
    }
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let admin = fleet::client(Account::Administrator, &Arc::default()).await?;
    let (runner, _) = fleet::runner(&fixture).await?;
    let mut stores = Vec::new();
    println!(
        "| stores | a sweep | taking over | one by one | requests | one by one | objects | read | read units \
         | write units | memory |"
    );
    println!("|{}", " --- |".repeat(11));
    for &count in &options.stores {
        let more = count.saturating_sub(stores.len());
        eprintln!("bench: {more} stores more are made");
        stores.extend(Box::pin(fleet::make(&fixture, &admin, &runner.settings, more)).await?);
        print(&Box::pin(measure(&runner, &meter, &stores, options.rounds)).await?);
    }
    Ok(())
}

async fn measure(runner: &Runner, meter: &Meter, stores: &[Store], rounds: u32) -> anyhow::Result<Row> {
    let mut first = HealthSweeper::new(runner);
    fleet::settle(&mut first, stores.len()).await?;
    first.release().await;
    let mut watch = HealthSweeper::new(runner);
    let (mut report, takeover) = timed_sweep(&mut watch).await?;

    let requests = Arc::new(AtomicUsize::new(0));
    let client = fleet::client(Account::Runner, &requests).await?;
    let (mut sweeps, mut naive) = (Vec::new(), Vec::new());
    let mut consumed = Consumed::default();
    for round in 1..=rounds {
        let _ = meter.take();
        let (this, time) = timed_sweep(&mut watch).await?;
        consumed = meter.take();
        ensure!(this.written == 0 && consumed.write == 1.0, "nothing has changed: {this:?}, {consumed:?}");
        ensure!(this.effort.pages == report.effort.pages, "{this:?} after {report:?}");
        report = this;
        sweeps.push(time);
        let started = Instant::now();
        one_by_one(&client, stores).await?;
        naive.push(started.elapsed());
        eprintln!("bench: {} stores, round {round} of {rounds}", stores.len());
    }
    watch.release().await;
    let memory = peak_of_a_process(runner).await?;
    Ok(Row {
        stores: stores.len(),
        sweep: Sample::milliseconds(sweeps),
        takeover,
        naive: Sample::milliseconds(naive),
        naive_requests: requests.load(Ordering::Relaxed) / rounds as usize,
        report,
        consumed,
        memory,
    })
}

/// What the memory of a runner's process comes to that makes a few sweeps.
async fn peak_of_a_process(runner: &Runner) -> anyhow::Result<f64> {
    let table = &runner.table;
    let mut process = runner_command(table, &runner.queue)
        .args(["--health-interval-seconds", "1"])
        .stdout(Stdio::null())
        .spawn()?;
    let pid = process.id().context("the runner ended at once")?;
    let mut seen = BTreeSet::new();
    // The first is the last one of this process.
    while seen.len() <= SWEEPS {
        seen.extend(table.last_health_sweep().await?.and_then(|sweep| sweep.observed));
        tokio::time::sleep(POLL).await;
        ensure!(process.try_wait()?.is_none(), "the runner ended");
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak")?;
    let kibibytes: f64 = peak.split_whitespace().next().context("no number")?.parse()?;
    kill(Pid::from_raw(pid.try_into()?), Signal::SIGTERM)?;
    process.wait().await?;
    Ok(kibibytes * 1024.0 / 1e6)
}

async fn timed_sweep(watch: &mut HealthSweeper) -> anyhow::Result<(HealthSweepReport, Duration)> {
    let started = Instant::now();
    match watch.sweep(Timestamp::now()).await? {
        HealthSweep::Here(report) => Ok((report, started.elapsed())),
        HealthSweep::Elsewhere(until) => bail!("another one makes the sweeps until {until}"),
    }
}

/// The baseline: what there is of one store after the other, its four questions at once. It compares
/// nothing and writes nothing.
async fn one_by_one(client: &Client, stores: &[Store]) -> anyhow::Result<()> {
    let all = ListParams::default();
    for store in stores {
        let name = store.id.namespace();
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let pods: Api<Pod> = Api::namespaced(client.clone(), &name);
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), &name);
        let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), &name);
        let (_, pods, claims, _) =
            try_join!(namespaces.get_metadata(&name), pods.list(&all), claims.list(&all), quotas.list(&all))?;
        ensure!(pods.items.len() == 2 && claims.items.len() == 2, "{name} has lost something");
    }
    Ok(())
}

fn print(row: &Row) {
    let Row { stores, sweep, takeover, naive, naive_requests, report, consumed, memory } = row;
    let spread = |sample: &Sample| {
        let Sample { median, lower_quartile, upper_quartile, .. } = sample;
        format!("{median:.0} ms ({lower_quartile:.0} to {upper_quartile:.0})")
    };
    println!(
        "| {stores} | {} | {} ms | {} | {} | {naive_requests} | {} | {:.2} MB | {} | {} | {memory:.1} MB |",
        spread(sweep),
        takeover.as_millis(),
        spread(naive),
        report.effort.pages,
        report.effort.objects,
        report.effort.bytes as f64 / 1e6,
        consumed.read,
        consumed.write,
    );
}
