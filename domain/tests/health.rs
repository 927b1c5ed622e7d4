//! The health of stores in the table, on DynamoDB Local.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    health::{Assessment, AssessmentCounts, Health, HealthChange, HealthRecord, LastHealthSweep, Omitted},
    lease::HealthSweepClaim,
    provisioning::event::EventKind,
    store::{Store, counts::StoreCounts},
    table::{HealthSweepError, HealthSweepLease, Incarnation},
    values::timestamp::Timestamp,
};
use testkit::{fixture::Fixture, meter::Meter};

/// What a sweep counts that sees no store.
const NOTHING_SEEN: (&AssessmentCounts, &StoreCounts) = (
    &AssessmentCounts { healthy: 0, degraded: 0, down: 0, missing: 0 },
    &StoreCounts {
        provisioning: 0,
        ready: 0,
        failed: 0,
        deleting: 0,
        running: 0,
        hibernating: 0,
        hibernated: 0,
        resuming: 0,
        upgrading: 0,
    },
);
const LEASE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(30);

async fn take(fixture: &Fixture, holder: &str, now: Timestamp) -> HealthSweepLease {
    fixture.table.claim_health_sweep(holder, now, LEASE, INTERVAL).await.unwrap()
}

async fn taken(fixture: &Fixture, holder: &str, now: Timestamp) -> HealthSweepClaim {
    match take(fixture, holder, now).await {
        HealthSweepLease::Claimed(claim) => claim,
        HealthSweepLease::Held(until) => panic!("somebody has it until {until}"),
    }
}

fn health(assessment: Assessment) -> Health {
    let reasons = vec![format!("It was found {assessment}.")];
    Health {
        assessment,
        reasons,
        pods: Vec::new(),
        volumes: Vec::new(),
        quota: Vec::new(),
        page_failure: None,
        mail: None,
        omitted: Omitted::default(),
    }
}

fn change(store: &Store, before: Option<&HealthRecord>, assessment: Assessment) -> HealthChange {
    HealthChange::between(before, health(assessment), (&store.id, store.uid, &store.owner), Timestamp::now())
        .unwrap()
}

async fn kept(fixture: &Fixture, store: &Store) -> Option<HealthRecord> {
    fixture.table.health(&store.id, store.uid).await.unwrap()
}

async fn news(fixture: &Fixture, store: &Store) -> usize {
    let events = fixture.table.events(&store.id, store.uid).await.unwrap();
    events.iter().filter(|event| event.kind == EventKind::HealthChanged).count()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_runner_makes_the_sweeps_until_its_lease_ends_or_is_given_back() {
    let fixture = Fixture::new().await;
    let now = Timestamp::now();
    assert_eq!(fixture.table.last_health_sweep().await.unwrap(), None);
    let first = taken(&fixture, "first", now).await;
    assert_eq!(take(&fixture, "second", now).await, HealthSweepLease::Held(now.plus(LEASE)));
    assert_eq!(
        fixture.table.last_health_sweep().await.unwrap(),
        Some(LastHealthSweep { interval: INTERVAL, observed: None }),
        "that it was taken is no pass"
    );

    let later = now.plus(INTERVAL);
    fixture.table.end_health_sweep(&first, later, NOTHING_SEEN, later.plus(LEASE)).await.unwrap();
    assert_eq!(take(&fixture, "second", now.plus(LEASE)).await, HealthSweepLease::Held(later.plus(LEASE)));
    let pass = fixture.table.last_health_sweep().await.unwrap();
    assert_eq!(pass, Some(LastHealthSweep { interval: INTERVAL, observed: Some(later) }));

    fixture.table.release_health_sweep(&first).await.unwrap();
    let second = taken(&fixture, "second", later).await;
    let third = taken(&fixture, "third", later.plus(LEASE)).await;
    assert!(first.epoch() < second.epoch() && second.epoch() < third.epoch());
    assert_eq!(fixture.table.last_health_sweep().await.unwrap(), pass, "the last one is still known");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_that_ask_at_once_one_gets_the_sweeps() {
    let fixture = Fixture::new().await;
    let mut now = Timestamp::now();
    for _ in 0..5 {
        let asked = (0..8).map(|_| take(&fixture, "runner", now));
        let answers = futures_util::future::join_all(asked).await;
        let got = answers.iter().filter(|answer| matches!(answer, HealthSweepLease::Claimed(_))).count();
        assert_eq!(got, 1, "{answers:?}");
        now = now.plus(LEASE);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_that_has_lost_the_sweeps_writes_nothing_more() {
    let fixture = Fixture::new().await;
    let store = fixture.ready_store().await;
    let now = Timestamp::now();
    let frozen = taken(&fixture, "frozen", now).await;
    let next = taken(&fixture, "next", now.plus(LEASE)).await;
    let seen = [change(&store, None, Assessment::Down)];
    assert!(matches!(fixture.table.record_health(&frozen, &seen).await, Err(HealthSweepError::Lost)));
    let ended = fixture.table.end_health_sweep(&frozen, now, NOTHING_SEEN, now.plus(LEASE)).await;
    assert!(matches!(ended, Err(HealthSweepError::Lost)));
    assert!(matches!(fixture.table.release_health_sweep(&frozen).await, Err(HealthSweepError::Lost)));
    assert_eq!((kept(&fixture, &store).await, news(&fixture, &store).await), (None, 0));
    assert_eq!(fixture.table.last_health_sweep().await.unwrap().unwrap().observed, None);

    assert!(fixture.table.record_health(&next, &seen).await.unwrap().is_empty());
    assert_eq!(kept(&fixture, &store).await.as_ref(), Some(&seen[0].record));
    assert_eq!(news(&fixture, &store).await, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_was_seen_of_a_store_that_is_not_up_any_more_is_left_out_and_the_rest_is_written() {
    let fixture = Fixture::new().await;
    let claim = taken(&fixture, "runner", Timestamp::now()).await;
    let (up, terminating, gone) =
        (fixture.ready_store().await, fixture.ready_store().await, fixture.ready_store().await);
    let first = [change(&gone, None, Assessment::Healthy)];
    fixture.table.record_health(&claim, &first).await.unwrap();
    fixture.request_deletion(&terminating).await;
    fixture.delete(&gone).await;

    let before = kept(&fixture, &gone).await;
    let seen = [
        change(&terminating, None, Assessment::Missing),
        change(&up, None, Assessment::Degraded),
        change(&gone, before.as_ref(), Assessment::Missing),
    ];
    let left_out = fixture.table.record_health(&claim, &seen).await.unwrap();
    assert_eq!((left_out.moved_on, left_out.refused.len()), (vec![terminating.uid, gone.uid], 0));
    assert_eq!(kept(&fixture, &up).await.as_ref(), Some(&seen[1].record));
    assert_eq!(kept(&fixture, &terminating).await, None);
    assert_eq!(kept(&fixture, &gone).await, before);
    assert_eq!([news(&fixture, &terminating).await, news(&fixture, &gone).await], [0, 0]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_health_the_table_refuses_is_left_out_alone() {
    let fixture = Fixture::new().await;
    let claim = taken(&fixture, "runner", Timestamp::now()).await;
    let mut stores = Vec::new();
    for _ in 0..40 {
        stores.push(fixture.ready_store().await);
    }
    let mut seen: Vec<_> = stores.iter().map(|store| change(store, None, Assessment::Down)).collect();
    // More than an item holds; what a pass makes of a store is far below that.
    let too_much = [3, 4, 39];
    for index in too_much {
        seen[index].record.health.reasons = vec!["x".repeat(500_000)];
    }
    fixture.request_deletion(&stores[5]).await;
    let left_out = fixture.table.record_health(&claim, &seen).await.unwrap();
    let refused: Vec<_> = left_out.refused.iter().map(|(uid, _)| *uid).collect();
    assert_eq!(refused, too_much.map(|index| stores[index].uid), "{left_out:?}");
    assert_eq!(left_out.moved_on, [stores[5].uid]);
    for (index, store) in stores.iter().enumerate() {
        let expected = (index != 5 && !too_much.contains(&index)).then(|| seen[index].record.clone());
        assert_eq!(kept(&fixture, store).await, expected, "{index}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_health_that_can_not_be_read_keeps_no_other_from_being_read() {
    let fixture = Fixture::new().await;
    let claim = taken(&fixture, "runner", Timestamp::now()).await;
    let (broken, sound) = (fixture.ready_store().await, fixture.ready_store().await);
    let seen = [change(&broken, None, Assessment::Down), change(&sound, None, Assessment::Down)];
    assert!(fixture.table.record_health(&claim, &seen).await.unwrap().is_empty());
    let (partition, place) = (format!("STORE#{}", broken.id), format!("HEALTH#{}", broken.uid));
    let later = aws_sdk_dynamodb::types::AttributeValue::S("Excellent".into());
    fixture.set_attribute((&partition, &place), "verdict", later).await;
    let asked = fixture.table.ready_stores().await.unwrap();
    let healths = fixture.table.healths(&asked).await.unwrap();
    assert_eq!(healths.keys().collect::<Vec<_>>(), [&sound.uid]);
    assert!(fixture.table.record_health(&claim, &seen[..1]).await.unwrap().is_empty(), "it is written anew");
    assert_eq!(kept(&fixture, &broken).await.as_ref(), Some(&seen[0].record));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn many_stores_are_found_and_written_and_read_whole() {
    let fixture = Fixture::new().await;
    let claim = taken(&fixture, "runner", Timestamp::now()).await;
    let mut stores = Vec::new();
    for _ in 0..40 {
        stores.push(fixture.ready_store().await);
    }
    let provisioning = fixture.store().await;
    let found = fixture.table.ready_stores().await.unwrap();
    assert_eq!(found.len(), stores.len());
    assert!(!found.iter().any(|found| found.uid == provisioning.uid));

    let seen: Vec<_> = stores.iter().map(|store| change(store, None, Assessment::Down)).collect();
    assert!(fixture.table.record_health(&claim, &seen).await.unwrap().is_empty());
    let never = Incarnation {
        id: provisioning.id.clone(),
        uid: provisioning.uid,
        owner: provisioning.owner.clone(),
        wants_way_in: false,
    };
    let asked: Vec<_> = found.into_iter().cycle().take(40).chain([never]).collect();
    let healths = fixture.table.healths(&asked).await.unwrap();
    assert_eq!(healths.len(), stores.len());
    for change in &seen {
        assert_eq!(healths[&change.uid], change.record);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_sweep_that_finds_nothing_new_costs_one_write_however_many_stores_there_are() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let now = Timestamp::now();
    let claim = taken(&fixture, "runner", now).await;
    fixture.ready_store().await;
    let _ = meter.take();
    assert!(fixture.table.record_health(&claim, &[]).await.unwrap().is_empty());
    fixture.table.end_health_sweep(&claim, now, NOTHING_SEEN, now.plus(LEASE)).await.unwrap();
    assert_eq!(meter.take().write, 1.0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_stores_health_expires_with_its_history() {
    let fixture = Fixture::new().await;
    let claim = taken(&fixture, "runner", Timestamp::now()).await;
    let store = fixture.ready_store().await;
    fixture.table.record_health(&claim, &[change(&store, None, Assessment::Down)]).await.unwrap();
    let expires = Timestamp::now().plus(LEASE);
    let stamped = fixture.table.expire_history(&store.id, store.uid, expires).await.unwrap();
    assert_eq!(stamped, 3, "the entry of its creation, the news of its health, and the health");
    let (partition, place) = (format!("STORE#{}", store.id), format!("HEALTH#{}", store.uid));
    let item = fixture.item((&partition, &place)).await.unwrap();
    assert_eq!(item["expiresAt"].as_n().unwrap(), &expires.as_seconds().to_string());
}
