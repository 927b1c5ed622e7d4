//! The log that a failure leaves, on DynamoDB Local.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    operation::logs::{LogExcerpt, LogLine},
    provisioning::{failure::Cleanup, step::Step},
    store::state::{Failed, Provisioning},
    table::LeasedStore,
    values::timestamp::Timestamp,
};
use testkit::{
    fixture::{Fixture, failure},
    meter::Meter,
};

const LEASE: Duration = Duration::from_secs(30);

/// A log of some 8 KB.
fn log() -> LogExcerpt {
    let line =
        |number| LogLine { at: Some(Timestamp::now()), text: format!("{number:02}{}", "x".repeat(200)) };
    LogExcerpt {
        pod: "mysql-1".into(),
        container: "mysql".into(),
        lines: (0..40).map(line).collect(),
        truncated: true,
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failure_has_the_log_that_was_left_with_it_and_no_other_one() {
    let fixture = Fixture::new().await;
    let (store, table, now, log) = (fixture.store().await, &fixture.table, Timestamp::now(), log());
    let LeasedStore { store, claim } = table.acquire_lease(&store, "runner", now, LEASE).await.unwrap();
    assert_eq!(table.failure_log(&store).await.unwrap(), None);
    let first = failure(Step::WaitMysql, Cleanup::Pending);
    let fails = Provisioning::new().fail_with_log(first.clone(), log.clone());
    table.commit(&claim, &fails, &[], now).await.unwrap();
    let cleaned_up = Failed::of(first).cleaned_up();
    table.commit(&claim, &cleaned_up, &[], now).await.unwrap();
    let failed = table.store(&store.id).await.unwrap().unwrap();
    assert_eq!(table.failure_log(&failed).await.unwrap(), Some(log), "it stays when its pods are gone");

    let retried = fixture.request_retry(&store).await;
    assert_eq!(table.failure_log(&retried).await.unwrap(), None, "it has not failed now");
    let later = now.plus(LEASE);
    let LeasedStore { claim, .. } = table.acquire_lease(&retried, "runner", later, LEASE).await.unwrap();
    let again = Provisioning::new().fail(failure(Step::CreateQuota, Cleanup::Done));
    table.commit(&claim, &again, &[], later).await.unwrap();
    let failed = table.store(&store.id).await.unwrap().unwrap();
    assert_eq!(table.failure_log(&failed).await.unwrap(), None, "this failure has left none");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_log_of_a_failure_is_paid_for_once_and_expires_with_the_history() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let (table, now) = (&fixture.table, Timestamp::now());
    let mut costs = Vec::new();
    for log in [None, Some(log())] {
        let store = fixture.store().await;
        let claim = table.acquire_lease(&store, "runner", now, LEASE).await.unwrap().claim;
        let failure = failure(Step::WaitMysql, Cleanup::Pending);
        let fails = match log {
            Some(log) => Provisioning::new().fail_with_log(failure.clone(), log),
            None => Provisioning::new().fail(failure.clone()),
        };
        let _ = meter.take();
        table.commit(&claim, &fails, &[], now).await.unwrap();
        let failed = meter.take().write;
        let failed_store = table.store(&store.id).await.unwrap().unwrap();
        table.extend_lease(&claim, &failed_store, now, LEASE).await.unwrap();
        table.commit(&claim, &Failed::of(failure).cleaned_up(), &[], now).await.unwrap();
        let afterwards = meter.take();
        let stamped = table.expire_history(&store.id, store.uid, now).await.unwrap();
        costs.push((failed, afterwards, stamped));
    }
    let [without, with] = costs[..] else { unreachable!() };
    let log_units = with.0 - without.0;
    assert!((18.0..=24.0).contains(&log_units), "an item of 9 to 12 KB in a transaction: {log_units}");
    assert_eq!(with.1, without.1, "no later write, and no read of the record, has it");
    assert_eq!(with.2, without.2 + 1);
}
