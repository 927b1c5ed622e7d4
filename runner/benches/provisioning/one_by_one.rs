//! One store at a time, through the runner and through the reference client in turns; then away with
//! them, in turns with empty namespaces.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use domain::{
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use runner::{worker, worker::shutdown::Shutdown};
use tokio::task::JoinHandle;

use crate::{
    options::Options,
    progress,
    reference::Laps,
    report::{Budget, Report, Row},
    sample::Sample,
    stage::Stage,
};

/// How many pairs are made before those that count: DynamoDB Local is slow until Java has compiled it.
const WARM_UPS: u32 = 3;
/// How often the table is asked whether a store is ready, from the creation of its ingress on. Before
/// that it is left alone, since the asking would be work for the table that is measured.
const READY_POLL: Duration = Duration::from_millis(2);
/// How long to wait for that ingress before asking all the same.
const INGRESS_WAIT: Duration = Duration::from_secs(60);
/// How often the table is asked whether a store is gone, which takes seconds.
const GONE_POLL: Duration = Duration::from_millis(20);

/// One store through the runner.
struct Made {
    store: Store,
    time: Duration,
    requests: usize,
    parts: Parts,
}

/// Where a store's time with the runner goes.
struct Parts {
    /// Writing the record and sending the job.
    ask: Duration,
    /// From then until the worker is about to begin: the queue, the read, the lease.
    pick_up: Duration,
    /// What the steps take in the cluster.
    laps: Laps,
    /// What is written before each of them.
    writes: Duration,
    /// The last write, until it is seen.
    end: Duration,
}

pub(crate) async fn measure(stage: &Stage, options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let worker = Worker::start(stage);
    let (made, references) = pairs(stage, options.pairs).await?;
    report_provisioning(report, &made, &references);
    let stores = made.into_iter().map(|made| made.store);
    report_deletions(stage, stores.take(options.deletions as usize).collect(), report).await?;
    worker.stop().await?;
    progress(format_args!("removing what is left of those stores"));
    stage.remove_namespaces().await
}

/// A worker in this process, as `main` of the runner runs one. Aborted when it is dropped.
struct Worker {
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Worker {
    fn start(stage: &Stage) -> Self {
        let shutdown = Shutdown::default();
        let task = tokio::spawn(worker::run(Arc::clone(&stage.runner), shutdown.clone()));
        Self { shutdown, task }
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        self.shutdown.drain.cancel();
        (&mut self.task).await.context("the worker ended early")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Referenced {
    time: Duration,
    requests: usize,
    laps: Laps,
}

async fn pairs(stage: &Stage, pairs: u32) -> anyhow::Result<(Vec<Made>, Vec<Referenced>)> {
    progress(format_args!("{WARM_UPS} stores each to warm up"));
    for _ in 0..WARM_UPS {
        through_runner(stage).await?;
        through_reference(stage).await?;
    }
    let (mut made, mut references) = (Vec::new(), Vec::new());
    for pair in 1..=pairs {
        let ours = through_runner(stage).await?;
        let theirs = through_reference(stage).await?;
        let (runner, reference) = (ours.time.as_millis(), theirs.time.as_millis());
        progress(format_args!("pair {pair} of {pairs}: runner {runner} ms, reference {reference} ms"));
        made.push(ours);
        references.push(theirs);
    }
    Ok((made, references))
}

async fn through_runner(stage: &Stage) -> anyhow::Result<Made> {
    let before = stage.runner_requests.sent();
    let started = Instant::now();
    let store = stage.ask().await?;
    let (ask, sent) = (started.elapsed(), Timestamp::now());
    // Where none comes in time, the table says why.
    let _ = tokio::time::timeout(INGRESS_WAIT, stage.runner_requests.ingress.notified()).await;
    stage.until(&store.id, Status::Ready, READY_POLL).await?;
    let (time, seen) = (started.elapsed(), Timestamp::now());
    let requests = stage.runner_requests.sent() - before;
    let events = stage.fixture.table.events(&store.id, store.uid).await?;
    let parts = parts(&events, ask, sent, seen).context("the store's timeline is not whole")?;
    Ok(Made { store, time, requests, parts })
}

async fn through_reference(stage: &Stage) -> anyhow::Result<Referenced> {
    let before = stage.reference_requests.sent();
    let started = Instant::now();
    let laps = stage.make_by_reference().await?;
    let time = started.elapsed();
    Ok(Referenced { time, requests: stage.reference_requests.sent() - before, laps })
}

/// Reads from a store's timeline where the time went. `None` where an event is missing.
fn parts(events: &[Event], ask: Duration, sent: Timestamp, seen: Timestamp) -> Option<Parts> {
    let first = events.first()?;
    let ready = events.iter().find(|event| event.kind == EventKind::StoreReady)?;
    let completed = events.iter().filter(|event| event.kind == EventKind::StepCompleted);
    // An event's duration is cut to the millisecond: half of one is lost on average.
    let lap = |event: &Event| Some((event.step?, Duration::from_micros(event.duration_ms? * 1000 + 500)));
    let laps: Laps = completed.map(lap).collect::<Option<_>>()?;
    let in_cluster: Duration = laps.iter().map(|(_, time)| *time).sum();
    Some(Parts {
        ask,
        pick_up: first.at.since(sent),
        writes: ready.at.since(first.at).saturating_sub(in_cluster),
        end: seen.since(ready.at),
        laps,
    })
}

/// The time above the reference is reported twice: of the whole, where the moods of scheduler and volumes
/// are far greater than it, and of what lies outside the steps, which is the runner's own doing.
fn report_provisioning(report: &mut Report, made: &[Made], references: &[Referenced]) {
    let times = Sample::milliseconds(made.iter().map(|made| made.time));
    let baseline = Sample::milliseconds(references.iter().map(|reference| reference.time));
    let above = times.above(&baseline);
    report.add(Row::new("one store, until Ready", "ms", times, Some(baseline), Budget::TimesBaseline(1.05)));
    report.add(Row::new("one store, above the reference of its pair", "ms", above, None, Budget::None));
    let outside = |time: Duration, laps: &Laps| time.saturating_sub(laps.iter().map(|(_, lap)| *lap).sum());
    report.add(Row::new(
        "one store, outside its steps",
        "ms",
        Sample::milliseconds(made.iter().map(|made| outside(made.time, &made.parts.laps))),
        // The reference has a fifth of a millisecond there: nothing to compare with.
        None,
        Budget::None,
    ));
    let requests = Sample::new(made.iter().map(|made| made.requests as f64));
    let baseline = Sample::new(references.iter().map(|reference| reference.requests as f64));
    report.add(Row::new(
        "one store, requests to Kubernetes",
        "",
        requests,
        Some(baseline),
        Budget::AtMost(18.0),
    ));

    let part = |what: &str, of: fn(&Parts) -> Duration| {
        let times = Sample::milliseconds(made.iter().map(|made| of(&made.parts)));
        Row::new(what, "ms", times, None, Budget::None)
    };
    report.explain(part("record written, job sent", |parts| parts.ask));
    report.explain(part("job received, store read, lease taken", |parts| parts.pick_up));
    report.explain(part("a write before each of the steps", |parts| parts.writes));
    report.explain(part("the last write, until it is seen", |parts| parts.end));
    for step in Step::PROVISIONING {
        let of = |laps: &Laps| laps.iter().find(|(lap, _)| *lap == step).map(|(_, time)| *time);
        let times = Sample::milliseconds(made.iter().filter_map(|made| of(&made.parts.laps)));
        let baseline = Sample::milliseconds(references.iter().filter_map(|reference| of(&reference.laps)));
        report.explain(Row::new(step.to_string(), "ms", times, Some(baseline), Budget::None));
    }
}

async fn report_deletions(stage: &Stage, stores: Vec<Store>, report: &mut Report) -> anyhow::Result<()> {
    let mut empty = Vec::new();
    for _ in 0..=stores.len() {
        empty.push(stage.make_empty_namespace().await?);
    }
    progress(format_args!("an empty namespace is deleted to warm up"));
    if let Some(name) = empty.pop() {
        stage.reference.delete_namespace(&name).await?;
    }
    let (mut times, mut baseline) = (Vec::new(), Vec::new());
    for (number, (store, name)) in (1..).zip(stores.iter().zip(&empty)) {
        let started = Instant::now();
        let deleting = stage.fixture.request_deletion(store).await;
        stage.send(&deleting).await?;
        stage.until(&store.id, Status::Deleted, GONE_POLL).await?;
        let ours = started.elapsed();
        let started = Instant::now();
        stage.reference.delete_namespace(name).await?;
        let theirs = started.elapsed();
        let (runner, reference) = (ours.as_millis(), theirs.as_millis());
        let all = stores.len();
        progress(format_args!(
            "deletion {number} of {all}: store {runner} ms, empty namespace {reference} ms"
        ));
        times.push(ours);
        baseline.push(theirs);
    }
    let (times, baseline) = (Sample::seconds(times), Sample::seconds(baseline));
    report.add(Row::new(
        "delete a store, beside an empty namespace",
        "s",
        times,
        Some(baseline),
        Budget::TimesBaseline(1.2),
    ));
    Ok(())
}
