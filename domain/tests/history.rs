//! The end of a store's history, on DynamoDB Local.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    lease::Claim,
    provisioning::{event::Event, step::Step},
    store::{Store, state::Provisioning, status::Status},
    table::LeasedStore,
    values::timestamp::Timestamp,
};
use testkit::{fixture::Fixture, meter::Meter};
use uuid::Uuid;

/// A store whose provisioning has begun each of its steps.
async fn with_a_history(fixture: &Fixture) -> (Store, Claim) {
    let store = fixture.store().await;
    let lease = Duration::from_secs(60);
    let LeasedStore { claim, .. } =
        fixture.table.acquire_lease(&store, "runner", Timestamp::now(), lease).await.unwrap();
    for step in Step::PROVISIONING {
        let begin = Provisioning::new().begin(step);
        let events = [Event::started(step, "It begins.")];
        fixture.table.commit(&claim, &begin, &events, Timestamp::now()).await.unwrap();
    }
    (store, claim)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_history_expires_as_a_whole_and_costs_a_write_unit_an_event_once() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let (store, claim) = with_a_history(&fixture).await;
    let entries = Step::PROVISIONING.len();
    let expire = |expires| fixture.table.expire_history(&store.id, store.uid, expires);

    let now = Timestamp::now();
    let _ = meter.take();
    let stamped = expire(now.plus(Duration::from_secs(60))).await.unwrap();
    assert_eq!(stamped, entries + 1, "its events, and the audit entry of its creation");
    assert_eq!(meter.take().write, entries as f64 + 2.0, "an audit entry is in an index as well");
    assert_eq!(expire(now).await.unwrap(), 0, "what expires already is left as it is");
    assert_eq!(meter.take().write, 0.0);

    let page = |now| fixture.table.event_page(&store.id, store.uid, 100, None, now);
    assert_eq!(page(now).await.unwrap().items.len(), entries);
    let late = Event::started(Step::DeleteNamespace, "It came later.");
    fixture.table.record(&claim, Status::Provisioning, &[late]).await.unwrap();
    assert_eq!(expire(now.plus(Duration::from_secs(60))).await.unwrap(), 1, "what was interrupted is ended");
    assert!(page(now.plus(Duration::from_secs(61))).await.unwrap().items.is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn only_an_incarnation_with_a_timeline_was_ever_known() {
    let fixture = Fixture::new().await;
    let fresh = fixture.store().await;
    assert!(!fixture.table.has_known(&fresh.id, Uuid::now_v7()).await.unwrap());
    let (store, _) = with_a_history(&fixture).await;
    assert!(fixture.table.has_known(&store.id, store.uid).await.unwrap());
    assert!(!fixture.table.has_known(&fresh.id, store.uid).await.unwrap());
}
