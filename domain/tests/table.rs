//! The table, on DynamoDB Local.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    provisioning::{event::Event, failure::Cleanup, step::Step},
    store::decision::StoreCommand,
    store::{
        Store,
        state::{Deleting, Failed, Provisioning, State},
        status::Status,
        task::Task,
    },
    table::{ChangeError, CommitError, CreateError, Fenced, Filter, LeaseError, LeasedStore, Quotas},
    values::timestamp::Timestamp,
};
use testkit::{
    fixture::{Fixture, NO_QUOTAS, actor, change_request, failure, named_store, new_store},
    meter::Meter,
};

const LEASE: Duration = Duration::from_secs(30);

async fn take(fixture: &Fixture, store: &Store, now: Timestamp) -> Result<LeasedStore, LeaseError> {
    fixture.table.acquire_lease(store, "runner-1", now, LEASE).await
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_read_as_it_was_created() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    assert_eq!(fixture.table.store(&store.id).await.unwrap(), Some(store));
    assert_eq!(fixture.table.store(&new_store("ada").id).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn how_a_store_stands_is_reported_for_half_a_read_until_its_record_has_expired() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let (store, now) = (fixture.store().await, Timestamp::now());
    let standing = async |now| {
        let standing = fixture.table.standing(&store.id, now).await.unwrap();
        standing.map(|standing| standing.status)
    };
    let _ = meter.take();
    assert_eq!(standing(now).await, Some(Status::Provisioning));
    assert_eq!(meter.take().read, 0.5);
    fixture.delete(&store).await;
    let month = Duration::from_secs(30 * 24 * 3600);
    assert_eq!(standing(now).await, Some(Status::Deleted));
    assert_eq!(standing(now.plus(month - LEASE)).await, Some(Status::Deleted));
    assert_eq!(standing(now.plus(month + LEASE)).await, None, "DynamoDB drops it some time later");
    assert_eq!(fixture.table.standing(&new_store("ada").id, now).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn making_a_table_that_is_there_changes_nothing() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    fixture.table.create_if_absent().await.unwrap();
    assert!(fixture.table.store(&store.id).await.unwrap().is_some());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_creates_of_one_name_at_once_one_succeeds() {
    let fixture = Fixture::new().await;
    let name = new_store("ada").name;
    let creates = (0..20).map(|each| {
        let (table, store) = (fixture.table.clone(), named_store(name.as_str(), &format!("owner-{each}")));
        tokio::spawn(async move { table.create_store(&store, &actor(&store.owner), NO_QUOTAS, None).await })
    });
    let mut created = 0;
    for create in creates.collect::<Vec<_>>() {
        match create.await.unwrap() {
            Ok(_) => created += 1,
            Err(CreateError::NameTaken(id)) => assert_eq!(id, name.slug()),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((created, fixture.table.platform_count().await.unwrap()), (1, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_full_platform_takes_no_more_however_many_ask_at_once() {
    let fixture = Fixture::new().await;
    let quotas = Quotas { platform: 3, ..NO_QUOTAS };
    let creates = (0..20).map(|_| {
        let (table, store) = (fixture.table.clone(), new_store("ada"));
        tokio::spawn(async move { table.create_store(&store, &actor("ada"), quotas, None).await })
    });
    let mut created = 0;
    for create in creates.collect::<Vec<_>>() {
        match create.await.unwrap() {
            Ok(_) => created += 1,
            Err(CreateError::PlatformQuota { limit }) => assert_eq!(limit, 3),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((created, fixture.table.platform_count().await.unwrap()), (3, 3));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_that_is_asked_for_twice_is_the_same_one() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let first = fixture.request_deletion(&store).await;
    let second = fixture.request_deletion(&store).await;
    assert_eq!(first.state.status(), Status::Deleting);
    assert_eq!(first, second);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deleted_store_leaves_a_record_and_frees_its_name_and_its_place() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    fixture.delete(&store).await;

    let tombstone = fixture.table.store(&store.id).await.unwrap().unwrap();
    assert_eq!((tombstone.uid, tombstone.state.status()), (store.uid, Status::Deleted));
    assert_eq!((tombstone.owner, tombstone.due), (store.owner.clone(), None));
    assert_eq!(fixture.table.platform_count().await.unwrap(), 0);
    for owner in [None, Some(store.owner.clone())] {
        let filter = Filter { owner, ..Filter::default() };
        assert!(fixture.table.stores(&filter, 100, None).await.unwrap().items.is_empty());
    }
    let again =
        fixture.table.change_store(store.clone(), &StoreCommand::Delete, change_request(&actor("ada"))).await;
    assert!(matches!(again, Err(ChangeError::NotFound(_))));

    let successor = named_store(store.name.as_str(), "eve");
    let successor = fixture.create(&successor).await;
    assert_eq!(fixture.table.store(&store.id).await.unwrap(), Some(successor.clone()));
    let (old, new) =
        (fixture.table.events(&store.id, store.uid), fixture.table.events(&store.id, successor.uid));
    assert_eq!((old.await.unwrap().len(), new.await.unwrap().len()), (1, 0));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_meant_for_an_earlier_incarnation_does_not_touch_the_present_one() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    fixture.delete(&store).await;
    let successor = named_store(store.name.as_str(), "eve");
    let successor = fixture.create(&successor).await;
    let late =
        fixture.table.change_store(store.clone(), &StoreCommand::Delete, change_request(&actor("ada"))).await;
    assert!(matches!(late, Err(ChangeError::NotFound(_))));
    assert_eq!(fixture.table.store(&store.id).await.unwrap(), Some(successor));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_lease_has_one_holder_until_it_ends() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let first = take(&fixture, &store, now).await.unwrap();
    assert_eq!((first.claim.epoch(), first.store.attempts), (1, 1));
    let held = fixture.table.acquire_lease(&store, "runner-2", now, LEASE).await;
    let Err(LeaseError::Held { holder, until }) = held else { panic!("it was taken twice") };
    assert!(holder.starts_with("runner-1/"), "{holder}");
    assert_eq!(until, now.plus(LEASE));

    let later = now.plus(LEASE);
    let second = fixture.table.acquire_lease(&store, "runner-2", later, LEASE).await.unwrap();
    assert_eq!((second.claim.epoch(), second.store.attempts), (2, 2));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_lost_a_lease_writes_nothing_more() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let frozen = take(&fixture, &store, now).await.unwrap();
    take(&fixture, &store, now.plus(LEASE)).await.unwrap();
    let before = fixture.table.store(&store.id).await.unwrap();

    let begin = Provisioning::new().begin(Step::CreateNamespace);
    let started = [Event::started(Step::CreateNamespace, "")];
    let table = &fixture.table;
    for refused in [
        table.commit(&frozen.claim, &begin, &started, now).await,
        table.record(&frozen.claim, Status::Provisioning, &started).await,
        table.extend_lease(&frozen.claim, &frozen.store, now, LEASE).await,
        table.release_lease(&frozen.claim, now).await,
    ] {
        assert!(matches!(refused, Err(CommitError::Fenced(Fenced::LeaseLost))), "{refused:?}");
    }
    assert_eq!(table.store(&store.id).await.unwrap(), before);
    assert!(table.events(&store.id, store.uid).await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_stops_the_runner_that_provisions_at_its_next_write() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let LeasedStore { store, claim } = take(&fixture, &store, now).await.unwrap();
    fixture.request_deletion(&store).await;
    let ready = Provisioning::new().ready("http://shop.example".into(), now);
    let table = &fixture.table;
    for refused in
        [table.commit(&claim, &ready, &[], now).await, table.extend_lease(&claim, &store, now, LEASE).await]
    {
        assert!(matches!(refused, Err(CommitError::Fenced(Fenced::Moved(Status::Deleting)))), "{refused:?}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_lease_that_is_given_back_can_be_taken_at_once() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let taken = take(&fixture, &store, now).await.unwrap();
    fixture.table.extend_lease(&taken.claim, &taken.store, now, LEASE).await.unwrap();
    fixture.table.release_lease(&taken.claim, now).await.unwrap();
    assert_eq!(fixture.table.overdue(now).await.unwrap().len(), 1);
    assert_eq!(take(&fixture, &store, now).await.unwrap().claim.epoch(), 2);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn work_that_is_handed_over_is_no_attempt() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let taken = take(&fixture, &store, now).await.unwrap();
    fixture.table.release_interrupted_lease(&taken.claim, now).await.unwrap();
    let again = take(&fixture, &store, now).await.unwrap();
    assert_eq!((again.claim.epoch(), again.store.attempts), (2, 1));
    // A deletion begins its own count.
    fixture.request_deletion(&store).await;
    fixture.table.release_lease(&again.claim, now).await.unwrap();
    let deleting = fixture.table.store(&store.id).await.unwrap().unwrap();
    assert_eq!(take(&fixture, &deleting, now).await.unwrap().store.attempts, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn coming_to_rest_ends_the_lease_and_what_is_due() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let LeasedStore { claim, .. } = take(&fixture, &store, now).await.unwrap();
    let ready = Provisioning::new().ready("http://shop.example".into(), now);
    fixture.table.commit(&claim, &ready, &[Event::ready("http://shop.example")], now).await.unwrap();

    let store = fixture.table.store(&store.id).await.unwrap().unwrap();
    assert_eq!(&store.state, ready.to());
    assert_eq!((store.due, store.lease.is_held(now), store.lease.epoch), (None, false, 1));
    assert!(matches!(take(&fixture, &store, now).await, Err(LeaseError::Changed)));
    assert!(fixture.table.overdue(now.plus(LEASE * 100)).await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_is_not_at_rest_before_it_is_cleaned_up() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let LeasedStore { claim, .. } = take(&fixture, &store, now).await.unwrap();
    let failure = failure(Step::WaitMysql, Cleanup::Pending);
    let table = &fixture.table;
    table.commit(&claim, &Provisioning::new().fail(failure.clone()), &[], now).await.unwrap();
    assert_eq!(table.overdue(now.plus(LEASE)).await.unwrap().len(), 1);
    table.commit(&claim, &Failed::of(failure).cleaned_up(), &[], now).await.unwrap();
    assert!(table.overdue(now.plus(LEASE)).await.unwrap().is_empty());
    // A beat that was on its way must not bring it back.
    let failed = table.store(&store.id).await.unwrap().unwrap();
    assert!(table.extend_lease(&claim, &failed, now, LEASE).await.is_err());
    assert_eq!(table.store(&store.id).await.unwrap(), Some(failed));
    assert_eq!(table.platform_count().await.unwrap(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_namespace_will_not_go_is_due_when_it_is_to_be_looked_at_again_and_a_look_is_no_attempt()
 {
    let fixture = Fixture::new().await;
    let (store, table, now) = (fixture.store().await, &fixture.table, Timestamp::now());
    let deleting = fixture.request_deletion(&store).await;
    let LeasedStore { claim, .. } = take(&fixture, &deleting, now).await.unwrap();
    let again = now.plus(LEASE * 10);
    let failure = failure(Step::DeleteNamespace, Cleanup::Pending);
    let fails = Deleting { at: now }.fail(failure, "it is held".into(), again);
    table.commit(&claim, &fails, &[], now).await.unwrap();
    let stuck = table.store(&store.id).await.unwrap().unwrap();
    assert_eq!((stuck.due, stuck.attempts, stuck.lease.is_held(now)), (Some(again), 0, false));
    assert!(table.overdue(again.plus(Duration::from_millis(1))).await.unwrap().contains(&stuck));
    assert!(table.overdue(now.plus(LEASE)).await.unwrap().is_empty());

    for look in 1..=3 {
        let LeasedStore { claim, store: taken } = take(&fixture, &stuck, again).await.unwrap();
        assert_eq!(taken.attempts, 1);
        let next = again.plus(LEASE * 10 * look);
        table.check_again(&claim, next).await.unwrap();
        let looked_at = table.store(&store.id).await.unwrap().unwrap();
        assert_eq!((looked_at.due, looked_at.attempts, &looked_at.state), (Some(next), 0, &stuck.state));
        assert_eq!((looked_at.version, looked_at.lease.is_held(again)), (stuck.version, false));
    }

    let LeasedStore { claim, .. } = take(&fixture, &stuck, again).await.unwrap();
    fixture.request_deletion(&store).await;
    assert!(table.check_again(&claim, again).await.is_err(), "it is being deleted once more");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_failed_is_cleaned_up_again_only_as_it_was_read() {
    let fixture = Fixture::new().await;
    let (store, table, now) = (fixture.store().await, &fixture.table, Timestamp::now());
    assert!(!table.clean_up_again(&store, now).await.unwrap(), "it has not failed");
    let LeasedStore { claim, .. } = take(&fixture, &store, now).await.unwrap();
    let failure = failure(Step::WaitMysql, Cleanup::Done);
    table.commit(&claim, &Provisioning::new().fail(failure), &[], now).await.unwrap();
    let failed = table.store(&store.id).await.unwrap().unwrap();

    let retried = fixture.request_retry(&store).await;
    assert!(!table.clean_up_again(&failed, now).await.unwrap(), "it is tried again meanwhile");
    assert_eq!(table.store(&store.id).await.unwrap().unwrap().state, retried.state);

    let LeasedStore { store: retried, claim } = take(&fixture, &retried, now.plus(LEASE)).await.unwrap();
    let State::Failed(failed) = failed.state else { panic!("it is {:?}", failed.state) };
    table.commit(&claim, &Provisioning::new().fail(failed.failure), &[], now).await.unwrap();
    let failed = table.store(&retried.id).await.unwrap().unwrap();
    assert!(table.clean_up_again(&failed, now).await.unwrap());
    assert!(!table.clean_up_again(&failed, now).await.unwrap(), "it is to be cleaned up already");
    let overdue = table.overdue(now).await.unwrap();
    assert_eq!((overdue.len(), overdue[0].task(), overdue[0].attempts), (1, Some(Task::Teardown), 0));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_transition_leaves_nothing_of_the_state_before() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let LeasedStore { claim, .. } = take(&fixture, &store, now).await.unwrap();
    let table = &fixture.table;
    table.commit(&claim, &Provisioning::new().begin(Step::WaitMysql), &[], now).await.unwrap();
    table
        .commit(&claim, &Provisioning { step: Some(Step::WaitMysql) }.ready("http://x".into(), now), &[], now)
        .await
        .unwrap();
    let deleting = fixture.request_deletion(&store).await;
    assert_eq!(deleting.state.status(), Status::Deleting);
    let item = fixture.item((&format!("STORE#{}", store.id), "STORE")).await.unwrap();
    assert!(!item.contains_key("url") && !item.contains_key("step"), "{item:?}");
    assert_eq!(deleting.attempts, 0);
}
