//! Sweeps as such: what they cost, who makes them, and stores that go meanwhile.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use domain::{
    health::Assessment, provisioning::event::EventKind, table::HealthSweepError, values::timestamp::Timestamp,
};
use futures_util::{FutureExt as _, future::BoxFuture};
use kube::Client;
use nix::sys::signal::Signal;
use runner::{
    cluster::client_builder,
    health::{HealthSweep, HealthSweepFailure, HealthSweeper, PAGE},
};
use testkit::{account::Account, fixture::Fixture, meter::Meter};

use super::{kept, recorded, restarted, set_pod, sweep, sweep_at, verdict};
use crate::support::{harness::Harness, process::Process, ready_store::ready};

/// Longer than any lease of the sweeps here.
const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_sweep_that_finds_nothing_new_writes_its_own_item_and_no_other() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let harness = Harness::over(fixture, &[]).await;
    let stores = [ready(&harness).await, ready(&harness).await];
    let mut watch = HealthSweeper::new(&harness.runner);
    assert_eq!(sweep(&mut watch).await.written, 2);
    let before = [kept(&harness, &stores[0]).await, kept(&harness, &stores[1]).await];
    for _ in 0..3 {
        let (_, asked) = (meter.take(), harness.requests.load(Ordering::Relaxed));
        let now = Timestamp::now();
        let report = sweep_at(&mut watch, now).await;
        assert_eq!((report.written, report.seen.healthy), (0, 2));
        assert_eq!(meter.take().write, 1.0, "that the sweep has come to its end, and its lease");
        let asked = harness.requests.load(Ordering::Relaxed) - asked;
        assert_eq!(asked, report.effort.pages, "it asks the API server for nothing else");
        assert_eq!(harness.fixture.table.last_health_sweep().await.unwrap().unwrap().observed, Some(now));
    }
    assert_eq!([kept(&harness, &stores[0]).await, kept(&harness, &stores[1]).await], before);
    for store in stores {
        harness.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn small_pages_make_the_same_of_it() {
    let harness = Harness::new().await;
    let stores = [ready(&harness).await, ready(&harness).await, ready(&harness).await];
    let mut whole = HealthSweeper::new(&harness.runner);
    assert_eq!(sweep(&mut whole).await.seen.healthy, 3);
    whole.release().await;
    let mut paged = HealthSweeper::over(harness.runner.client.clone(), &harness.runner, 2);
    let report = sweep(&mut paged).await;
    assert!(report.effort.pages > 6 + 2, "{report:?}");
    assert_eq!((report.seen.healthy, report.written), (3, 0));
    for store in stores {
        harness.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_sweep_that_can_not_read_everything_writes_nothing() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    // An API server that refuses to list namespaces: what is in them is seen.
    let lost = tower::util::MapRequestLayer::new(|mut request: http::Request<kube::client::Body>| {
        if request.uri().path() == "/api/v1/namespaces" {
            *request.uri_mut() = format!("{}&continue=nonsense", request.uri()).parse().unwrap();
        }
        request
    });
    let partly: Client = client_builder(Account::Runner.config().await).unwrap().with_layer(&lost).build();
    let mut watch = HealthSweeper::over(partly, &harness.runner, PAGE);
    let failed = watch.sweep(Timestamp::now()).await;
    assert!(matches!(failed, Err(HealthSweepFailure::Cluster(kube::Error::Api(_)))), "{failed:?}");
    assert_eq!(kept(&harness, &store).await, None);
    assert_eq!(recorded(&harness, &store).await, Vec::<String>::new());
    assert_eq!(harness.fixture.table.last_health_sweep().await.unwrap().unwrap().observed, None);

    watch.record(&failed, Duration::ZERO);
    let metrics = harness.runner.metrics.encode().unwrap();
    assert!(metrics.contains("shopwright_runner_health_passes_total{outcome=\"error\"} 1\n"), "{metrics}");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_two_runners_one_makes_the_sweeps_and_the_other_takes_over_at_the_end_of_its_lease() {
    let harness = Harness::new().await;
    let other = Harness::over(harness.fixture.clone(), &[]).await;
    let store = ready(&harness).await;
    let (mut first, mut second) = (HealthSweeper::new(&harness.runner), HealthSweeper::new(&other.runner));
    let start = Timestamp::now();
    sweep_at(&mut first, start).await;
    let asked = other.requests.load(Ordering::Relaxed);
    let HealthSweep::Elsewhere(until) = second.sweep(Timestamp::now()).await.unwrap() else {
        panic!("both do")
    };
    assert_eq!(
        other.requests.load(Ordering::Relaxed),
        asked,
        "who has not got the lease asks the cluster nothing"
    );
    let lease = harness.runner.limits.health_interval() + harness.runner.limits.lease();
    assert!(until >= start.plus(lease), "{until}");

    // The first one stands still until then.
    let report = sweep_at(&mut second, until).await;
    assert_eq!((report.seen.healthy, report.written), (1, 0), "it knows from the table what was written");
    set_pod(&harness, &store, "wordpress", restarted("wordpress", false, 1, "2026-01-01T00:00:00Z")).await;
    let thawed = first.sweep(Timestamp::now()).await;
    assert!(matches!(thawed, Err(HealthSweepFailure::Table(HealthSweepError::Lost))), "{thawed:?}");
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Healthy, "it has written nothing");
    assert!(
        matches!(first.sweep(until).await.unwrap(), HealthSweep::Elsewhere(_)),
        "and takes no lease that is held"
    );

    sweep_at(&mut second, until).await;
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Down);
    second.release().await;
    let report = sweep(&mut first).await;
    assert_eq!((report.seen.down, report.written), (1, 0), "it is no news, whoever looks");
    assert_eq!(recorded(&harness, &store).await.len(), 1);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_deleted_is_none_to_look_at() {
    let harness = Harness::new().await;
    let (store, kept_up) = (ready(&harness).await, ready(&harness).await);
    let mut watch = HealthSweeper::new(&harness.runner);
    assert_eq!(sweep(&mut watch).await.seen.healthy, 2);
    let before = harness.events(&store).await.len();
    let deleting = harness.request_deletion(&store).await;
    let report = sweep(&mut watch).await;
    assert_eq!((report.seen.healthy, report.seen.missing, report.written), (1, 0, 0));
    harness.drive(&deleting).await.unwrap();
    assert_eq!(sweep(&mut watch).await.seen.missing, 0);
    assert!(
        harness.events(&store).await[before..].iter().all(|event| event.kind != EventKind::HealthChanged)
    );
    harness.delete(&kept_up).await;
}

/// Sweeps answers on; but the first one only once `event` has come to its end.
fn behind<F>(
    event: impl Future<Output = ()> + Send + 'static,
) -> impl Fn(F) -> BoxFuture<'static, F::Output> + Clone
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    let event = Arc::new(Mutex::new(Some(event.boxed())));
    move |answer| {
        let event = event.lock().unwrap().take();
        Box::pin(async move {
            let answer = answer.await;
            if let Some(event) = event {
                event.await;
            }
            answer
        })
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_deleted_in_the_middle_of_a_sweep_stays_deleted_and_is_not_counted() {
    let harness = Harness::new().await;
    let (store, kept_up) = (ready(&harness).await, ready(&harness).await);
    let deletion = {
        let (fixture, store) = (harness.fixture.clone(), store.clone());
        async move { fixture.delete(&store).await }
    };
    // The sweep has read the table by then, and sees the namespace still.
    let layer = tower::util::MapFutureLayer::new(behind(deletion));
    let client = client_builder(Account::Runner.config().await).unwrap().with_layer(&layer).build();
    let report = sweep(&mut HealthSweeper::over(client, &harness.runner, PAGE)).await;
    assert_eq!((report.seen.healthy, report.written), (1, 1), "the other one: {report:?}");
    assert_eq!(kept(&harness, &store).await, None);
    assert_eq!(harness.events(&store).await.last().unwrap().kind, EventKind::StoreDeleted);
    harness.discard(&store.id.namespace()).await;
    harness.delete(&kept_up).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_at_work_makes_sweeps_counts_stores_and_lets_the_next_one_go_on() {
    let harness = Harness::with(&["--health-interval-seconds", "1"]).await;
    let store = ready(&harness).await;
    let shutdown = runner::worker::shutdown::Shutdown::default();
    let running = tokio::spawn(runner::worker::run(harness.runner.clone(), shutdown.clone()));
    harness.eventually(async || kept(&harness, &store).await.is_some()).await;
    let healthy = "shopwright_stores{health=\"Healthy\"} 1\n";
    harness.eventually(async || harness.runner.metrics.encode().unwrap().contains(healthy)).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    let mut next = HealthSweeper::new(&harness.runner);
    sweep(&mut next).await;
    harness.delete(&store).await;
}

/// When the last sweep began, once that is after `earlier`.
async fn swept_after(harness: &Harness, earlier: Timestamp) -> Timestamp {
    let observed =
        async || harness.fixture.table.last_health_sweep().await.unwrap().and_then(|sweep| sweep.observed);
    harness.eventually(async || observed().await.is_some_and(|observed| observed > earlier)).await;
    observed().await.unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_sweeps_of_a_runner_that_was_killed_are_made_by_the_next_one() {
    let harness = Harness::new().await;
    let flags = ["--health-interval-seconds", "1", "--lease-seconds", "5"];
    let first = Process::start(&harness, &flags);
    swept_after(&harness, Timestamp::epoch()).await;
    let second = Process::start(&harness, &flags);
    first.signal(Signal::SIGKILL);
    first.ended().await;
    let killed = Timestamp::now();
    let taken = swept_after(&harness, killed).await;
    println!(
        "the sweeps were gone on with {} ms after the runner was killed",
        taken.since(killed).as_millis()
    );
    second.signal(Signal::SIGTERM);
    let (lines, ended_well) = second.ended().await;
    assert!(ended_well);
    assert!(lines.iter().any(|line| line["message"] == "this runner makes the health sweeps now"));
    // Nobody has to wait for its lease.
    let taken = harness.fixture.table.claim_health_sweep("next", Timestamp::now(), LONG, LONG).await.unwrap();
    assert!(matches!(taken, domain::table::HealthSweepLease::Claimed(_)), "{taken:?}");
}
