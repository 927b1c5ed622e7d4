//! The audit trail: that it is written with each change, and that damage to it is found.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    audit::{Action, AuditEntry},
    provisioning::{failure::Cleanup, step::Step},
    store::decision::StoreCommand,
    store::{
        Store,
        state::{Provisioning, State},
    },
    table::{Audited, Checked, Fault, FaultKind, LeasedStore, Trail},
    values::timestamp::Timestamp,
};
use testkit::{
    fixture::{Fixture, actor, change_request, failure, named_store},
    items::{Item, key_attributes},
};

const LEASE: Duration = Duration::from_secs(30);

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A store that was created, has failed, was tried again and is being deleted: three entries.
async fn audited_store(fixture: &Fixture) -> Store {
    let table = &fixture.table;
    let store = fixture.store().await;
    fail(fixture, &store).await;
    let failed = table.store(&store.id).await.unwrap().unwrap();
    table.change_store(failed, &StoreCommand::Retry, change_request(&actor("root"))).await.unwrap();
    fixture.request_deletion(&store).await
}

async fn fail(fixture: &Fixture, store: &Store) {
    let now = Timestamp::now();
    let LeasedStore { claim, .. } = fixture.table.acquire_lease(store, "runner", now, LEASE).await.unwrap();
    let failure = failure(Step::WaitMysql, Cleanup::Done);
    fixture.table.commit(&claim, &Provisioning::new().fail(failure), &[], now).await.unwrap();
}

/// Brings a store that is being deleted to its end.
async fn end(fixture: &Fixture, store: &Store) {
    let later = Timestamp::now().plus(LEASE);
    let LeasedStore { store, claim } =
        fixture.table.acquire_lease(store, "runner", later, LEASE).await.unwrap();
    let State::Deleting(state) = store.state else { panic!("it is {}", store.state.status()) };
    fixture.table.commit(&claim, &state.gone(Timestamp::now()), &[], later).await.unwrap();
}

async fn trail(fixture: &Fixture, trail: &Trail) -> Vec<AuditEntry> {
    let page = fixture.table.audit_trail(trail, 100, None, Timestamp::now()).await.unwrap();
    page.items
}

async fn check(fixture: &Fixture, store: &Store) -> Checked {
    check_at(fixture, store, Timestamp::now()).await
}

async fn check_at(fixture: &Fixture, store: &Store, now: Timestamp) -> Checked {
    fixture.table.check_audit(&Audited::stores(&store.id), now).await.unwrap().unwrap()
}

fn partition(store: &Store) -> String {
    format!("STORE#{}", store.id)
}

fn place(store: &Store, sequence: u64) -> String {
    format!("AUDIT#{}#{sequence:012}", store.uid)
}

async fn entry(fixture: &Fixture, store: &Store, sequence: u64) -> Item {
    fixture.item((&partition(store), &place(store, sequence))).await.unwrap()
}

async fn remove(fixture: &Fixture, store: &Store, sequence: u64) {
    fixture.delete_item((&partition(store), &place(store, sequence))).await;
}

/// Gives the head in the record of `store` another `part`.
async fn change_head(fixture: &Fixture, store: &Store, part: &str, value: AttributeValue) {
    fixture.set_attribute((&partition(store), "STORE"), &format!("audit.{part}"), value).await;
}

fn fault(store: &Store, sequence: u64, kind: FaultKind) -> Option<Fault> {
    Some(Fault { incarnation: store.uid.to_string(), sequence, kind })
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn each_change_tells_who_made_it_and_from_where() {
    let fixture = Fixture::new().await;
    let store = audited_store(&fixture).await;
    let entries = trail(&fixture, &Trail::Store(store.id.clone(), None)).await;
    let recorded: Vec<_> = entries
        .iter()
        .map(|entry| (entry.action(), entry.actor().principal.name.to_string(), entry.link().sequence()))
        .collect();
    let expected = [
        (Action::DeleteStore, "ada".to_owned(), 3),
        (Action::RetryStore, "root".to_owned(), 2),
        (Action::CreateStore, "ada".to_owned(), 1),
    ];
    assert_eq!(recorded, expected);
    assert!(entries.iter().all(|entry| entry.actor().address == Some([192, 0, 2, 1].into())));
    assert!(entries.iter().all(|entry| entry.actor().request_id.is_some()));
    for same in [Trail::All, Trail::Owner("ada".into()), Trail::Store(store.id.clone(), Some(store.uid))] {
        assert_eq!(trail(&fixture, &same).await, entries, "{same:?}");
    }
    assert_eq!(trail(&fixture, &Trail::Owner("root".into())).await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_trail_has_pages_that_begin_where_the_last_one_ended() {
    let fixture = Fixture::new().await;
    let store = audited_store(&fixture).await;
    let whole = trail(&fixture, &Trail::All).await;
    for trail in [Trail::All, Trail::Owner("ada".into()), Trail::Store(store.id.clone(), None)] {
        let (mut found, mut place) = (Vec::new(), None);
        loop {
            let page = fixture.table.audit_trail(&trail, 1, place, Timestamp::now()).await.unwrap();
            assert!(page.items.len() <= 1);
            found.extend(page.items);
            place = page.next;
            if place.is_none() {
                break;
            }
        }
        assert_eq!(found, whole, "{trail:?}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_trail_goes_back_over_months_without_entries() {
    let fixture = Fixture::new().await;
    let store = fixture.store().await;
    let in_two_years = Timestamp::now().plus(Duration::from_secs(2 * 365 * 24 * 3600));
    let (mut found, mut place) = (Vec::new(), None);
    let mut pages = 0;
    while pages == 0 || place.is_some() {
        let page = fixture.table.audit_trail(&Trail::All, 10, place, in_two_years).await.unwrap();
        found.extend(page.items);
        place = page.next;
        pages += 1;
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject(), &store.subject());
    assert!(pages > 1, "no page looks through all months");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_trail_that_nobody_touched_is_whole_through_all_lives_of_a_name() {
    let fixture = Fixture::new().await;
    let first = audited_store(&fixture).await;
    assert_eq!(check(&fixture, &first).await, Checked { entries: 3, fault: None });
    end(&fixture, &first).await;
    assert_eq!(check(&fixture, &first).await, Checked { entries: 3, fault: None });
    let second = fixture.create(&named_store(first.name.as_str(), "eve")).await;
    assert_eq!(check(&fixture, &second).await, Checked { entries: 4, fault: None });
    end(&fixture, &fixture.request_deletion(&second).await).await;
    let third = fixture.create(&named_store(first.name.as_str(), "bob")).await;
    assert_eq!(check(&fixture, &third).await, Checked { entries: 6, fault: None });
    assert_eq!(fixture.table.audited().await.unwrap(), [Audited::stores(&third.id)]);

    // An owner's view has nothing of who had the name before.
    assert_eq!(trail(&fixture, &Trail::Store(third.id.clone(), Some(third.uid))).await.len(), 1);
    assert_eq!(trail(&fixture, &Trail::Owner("bob".into())).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_entry_that_was_altered_is_named() {
    let fixture = Fixture::new().await;
    for attribute in
        ["principal", "role", "address", "requestId", "action", "created", "subjectOwner", "kind", "hash"]
    {
        let store = audited_store(&fixture).await;
        let mut item = entry(&fixture, &store, 2).await;
        let other = match attribute {
            "role" => "admin",
            "address" => "192.0.2.99",
            "action" => "store.create",
            "created" => "2026-01-31T09:30:00.250Z",
            "subjectOwner" => "eve",
            "kind" => "Audit#2026-01",
            _ => "x",
        };
        item.insert(attribute.into(), text(other));
        fixture.put_item(item).await;
        assert_eq!(check(&fixture, &store).await.fault, fault(&store, 2, FaultKind::Altered), "{attribute}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_entry_that_was_removed_is_named() {
    let fixture = Fixture::new().await;
    for sequence in 1..=3 {
        let store = audited_store(&fixture).await;
        remove(&fixture, &store, sequence).await;
        assert_eq!(check(&fixture, &store).await.fault, fault(&store, sequence, FaultKind::Missing));
    }
    let store = audited_store(&fixture).await;
    for sequence in 1..=3 {
        remove(&fixture, &store, sequence).await;
    }
    assert_eq!(check(&fixture, &store).await.fault, fault(&store, 1, FaultKind::Missing));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn entries_that_changed_places_are_named() {
    let fixture = Fixture::new().await;
    let store = audited_store(&fixture).await;
    let (mut second, mut third) = (entry(&fixture, &store, 2).await, entry(&fixture, &store, 3).await);
    second.extend(key_attributes((&partition(&store), &place(&store, 3))));
    third.extend(key_attributes((&partition(&store), &place(&store, 2))));
    fixture.put_item(second).await;
    fixture.put_item(third).await;
    assert_eq!(check(&fixture, &store).await.fault, fault(&store, 2, FaultKind::Altered));

    // One that was taken from another store's chain.
    let (store, other) = (audited_store(&fixture).await, audited_store(&fixture).await);
    let mut strange = entry(&fixture, &other, 2).await;
    strange.extend(key_attributes((&partition(&store), &place(&store, 2))));
    fixture.put_item(strange).await;
    assert_eq!(check(&fixture, &store).await.fault, fault(&store, 2, FaultKind::Altered));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_chain_that_does_not_end_as_the_record_says_is_named() {
    let fixture = Fixture::new().await;
    let (store, other) = (audited_store(&fixture).await, audited_store(&fixture).await);
    change_head(&fixture, &store, "hash", text("x")).await;
    assert_eq!(check(&fixture, &store).await.fault, fault(&store, 3, FaultKind::Replaced));
    let two = AttributeValue::N("2".into());
    change_head(&fixture, &other, "sequence", two).await;
    assert_eq!(check(&fixture, &other).await.fault, fault(&other, 3, FaultKind::Surplus));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_trail_of_an_earlier_life_is_kept_as_long_as_its_record_and_then_may_go() {
    let fixture = Fixture::new().await;
    let first = audited_store(&fixture).await;
    end(&fixture, &first).await;
    let second = fixture.create(&named_store(first.name.as_str(), "eve")).await;
    remove(&fixture, &first, 3).await;
    let later = Timestamp::now().plus(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(check(&fixture, &second).await.fault, fault(&first, 3, FaultKind::Missing));
    assert_eq!(check_at(&fixture, &second, later).await, Checked { entries: 3, fault: None });
    for sequence in 1..=2 {
        remove(&fixture, &first, sequence).await;
    }
    assert_eq!(check(&fixture, &second).await.fault, fault(&first, 1, FaultKind::Missing));
    assert_eq!(check_at(&fixture, &second, later).await, Checked { entries: 1, fault: None });
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn entries_about_a_record_that_was_removed_are_named() {
    let fixture = Fixture::new().await;
    let store = audited_store(&fixture).await;
    fixture.delete_item((&partition(&store), "STORE")).await;
    assert_eq!(check(&fixture, &store).await.fault, fault(&store, 1, FaultKind::NoRecord));
}
