//! Many stores at once, through the runner as a process of its own and through the reference client
//! with as many at a time; and what the process takes of the machine.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::bail;
use domain::{
    store::{slug::Slug, state::State, status::Status},
    table::Filter,
};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};

use crate::{
    options::Options,
    process::{RunnerProcess, own_cpu_time},
    progress,
    report::{Budget, Report, Row},
    sample::Sample,
    stage::Stage,
};

/// How often the table is asked how many of the stores are ready.
const POLL: Duration = Duration::from_millis(50);
/// How long they may take in all.
const PATIENCE: Duration = Duration::from_secs(600);

/// What one round took.
struct Round {
    time: Duration,
    cpu: Duration,
}

pub(crate) async fn measure(stage: &Stage, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let Options { stores, rounds, slots, idle_seconds, .. } = *options;
    let process = RunnerProcess::start(stage, slots)?;
    progress(format_args!("the runner's process idles for {idle_seconds} s"));
    tokio::time::sleep(Duration::from_secs(idle_seconds)).await;
    let idle = process.memory()?.resident;

    let (mut runner, mut reference) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let ours = through_runner(stage, &process, stores).await?;
        stage.remove_namespaces().await?;
        let theirs = through_reference(stage, stores, slots).await?;
        stage.remove_namespaces().await?;
        let (ours_time, theirs_time) = (ours.time.as_secs_f64(), theirs.time.as_secs_f64());
        progress(format_args!(
            "round {round} of {rounds}, {stores} stores: runner {ours_time:.1} s, reference {theirs_time:.1} s"
        ));
        runner.push(ours);
        reference.push(theirs);
    }
    let peak = process.memory()?.peak;
    process.stop().await?;

    let times = |rounds: &[Round]| Sample::seconds(rounds.iter().map(|round| round.time));
    let pace = |rounds: &[Round]| {
        Sample::new(rounds.iter().map(|round| f64::from(stores) * 60.0 / round.time.as_secs_f64()))
    };
    let cpu =
        |rounds: &[Round]| Sample::milliseconds(rounds.iter().map(|round| round.cpu / u32::from(stores)));
    let once = |value: f64| Sample::new([value]);
    let what = format!("{stores} stores at once, {slots} at a time");
    report.add(Row::new(&what, "s", times(&runner), Some(times(&reference)), Budget::TimesBaseline(1.05)));
    report.add(Row::new("stores a minute", "", pace(&runner), Some(pace(&reference)), Budget::None));
    report.add(Row::new("processor time a store", "ms", cpu(&runner), Some(cpu(&reference)), Budget::None));
    report.add(Row::new("the runner's memory, idle", "MB", once(idle), None, Budget::AtMost(20.0)));
    report.add(Row::new("the runner's memory, at its peak", "MB", once(peak), None, Budget::None));
    let each = (peak - idle) / f64::from(slots);
    report.add(Row::new("the same, above idle, a store at work", "MB", once(each), None, Budget::None));
    Ok(())
}

async fn through_runner(stage: &Stage, process: &RunnerProcess, stores: u8) -> anyhow::Result<Round> {
    let cpu = process.cpu_time()?;
    let started = Instant::now();
    let asked = try_join_all((0..stores).map(|_| stage.ask())).await?;
    let mut open: HashSet<Slug> = asked.into_iter().map(|store| store.id).collect();
    while !open.is_empty() {
        tokio::time::sleep(POLL).await;
        // The newest are the ones of this round.
        for store in stage.fixture.table.stores(&Filter::default(), stores, None).await?.items {
            if let State::Failed(failed) = &store.state {
                bail!("store {} failed: {}", store.id, failed.failure.message);
            }
            if store.state.status() == Status::Ready {
                open.remove(&store.id);
            }
        }
        if started.elapsed() > PATIENCE {
            bail!("{} of {stores} stores are not ready", open.len());
        }
    }
    let time = started.elapsed();
    Ok(Round { time, cpu: process.cpu_time()?.saturating_sub(cpu) })
}

async fn through_reference(stage: &Stage, stores: u8, slots: u8) -> anyhow::Result<Round> {
    let cpu = own_cpu_time()?;
    let started = Instant::now();
    stream::iter(0..stores)
        .map(|_| stage.make_by_reference())
        .buffer_unordered(slots.into())
        .try_for_each(|_| async { Ok(()) })
        .await?;
    let time = started.elapsed();
    Ok(Round { time, cpu: own_cpu_time()?.saturating_sub(cpu) })
}
