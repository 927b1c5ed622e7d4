//! Lists, page by page, and what a page costs.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    provisioning::{event::Event, step::Step},
    store::{Store, slug::Slug, state::Provisioning, status::Status},
    table::{Filter, LeasedStore, Table},
    values::timestamp::Timestamp,
};
use futures_util::{StreamExt as _, stream};
use testkit::{
    fixture::{Fixture, new_store},
    meter::Meter,
};

/// Creates stores of these owners, each a second younger than the one before; returns them newest
/// first.
async fn create(fixture: &Fixture, owners: &[&str]) -> Vec<Store> {
    let start = Timestamp::now();
    let stores = owners.iter().zip(0..).map(|(owner, seconds)| {
        let mut store = new_store(owner);
        store.created = start.plus(Duration::from_secs(seconds));
        store
    });
    let mut stores: Vec<_> = stores.collect();
    stream::iter(&stores).for_each_concurrent(16, |store| async { drop(fixture.create(store).await) }).await;
    stores.reverse();
    stores
}

/// The ids on each page.
async fn pages(table: &Table, filter: &Filter, limit: u8) -> Vec<Vec<Slug>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = table.stores(filter, limit, after.as_ref()).await.unwrap();
        pages.push(page.items.into_iter().map(|store| store.id).collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

fn ids<'a>(stores: impl IntoIterator<Item = &'a Store>) -> Vec<Slug> {
    stores.into_iter().map(|store| store.id.clone()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn lists_have_pages_newest_first_and_owners_see_their_own() {
    let fixture = Fixture::new().await;
    let stores = create(&fixture, &["ada", "ada", "eve", "ada", "ada"]).await;
    let all = pages(&fixture.table, &Filter::default(), 2).await;
    assert_eq!(all, stores.chunks(2).map(ids).collect::<Vec<_>>());
    // The last page is full, and known to be the last.
    let of_ada = Filter { owner: Some("ada".into()), ..Filter::default() };
    let theirs: Vec<_> = stores.iter().filter(|store| store.owner == "ada").cloned().collect();
    assert_eq!(pages(&fixture.table, &of_ada, 2).await, theirs.chunks(2).map(ids).collect::<Vec<_>>());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_goes_on_although_the_store_that_it_goes_on_after_is_gone() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let stores = create(&fixture, &["ada"; 3]).await;
    let first = table.stores(&Filter::default(), 1, None).await.unwrap();
    fixture.delete(&stores[0]).await;
    let second = table.stores(&Filter::default(), 2, first.next.as_ref()).await.unwrap();
    assert_eq!(ids(&second.items), ids(&stores[1..]));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_by_status_has_all_of_that_status_and_no_other() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let stores = create(&fixture, &["ada", "eve", "ada", "ada", "eve"]).await;
    for store in [&stores[0], &stores[1], &stores[4]] {
        fixture.request_deletion(store).await;
    }
    let filter = |owner: Option<&str>, status| Filter {
        owner: owner.map(Into::into),
        status: Some(status),
        ..Filter::default()
    };
    for (filter, expected) in [
        (filter(None, Status::Deleting), vec![&stores[0], &stores[1], &stores[4]]),
        (filter(None, Status::Provisioning), vec![&stores[2], &stores[3]]),
        (filter(Some("eve"), Status::Deleting), vec![&stores[0]]),
        (filter(Some("bob"), Status::Deleting), vec![]),
        (filter(None, Status::Ready), vec![]),
    ] {
        assert_eq!(pages(table, &filter, 2).await.concat(), ids(expected), "{filter:?}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_a_page_costs_does_not_grow_with_the_fleet() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let table = &fixture.table;
    let all = Filter::default();
    let ready = Filter { status: Some(Status::Ready), ..Filter::default() };
    let mut costs = Vec::new();
    let mut there = 0;
    // With 10 stores a list by status reads them all; with 250 as many as it may.
    for fleet in [10, 250, 1000] {
        create(&fixture, &vec!["ada"; fleet - there]).await;
        there = fleet;
        let _ = meter.take();
        let whole = table.stores(&all, 9, None).await.unwrap();
        let cost_of_page = meter.take().read;
        let by_status = table.stores(&ready, 9, None).await.unwrap();
        assert_eq!((whole.items.len(), by_status.items.len()), (9, 0));
        assert_eq!(by_status.next.is_some(), fleet > 200, "a page that is not the last says so");
        costs.push((cost_of_page, meter.take().read));
    }
    assert!(costs[0].0 > 0.0 && costs[0].0 == costs[1].0 && costs[1].0 == costs[2].0, "{costs:?}");
    assert!(costs[0].1 < costs[1].1 && costs[1].1 == costs[2].1, "{costs:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_timeline_has_pages_oldest_first() {
    let fixture = Fixture::new().await;
    let table = &fixture.table;
    let store = fixture.store().await;
    let now = Timestamp::now();
    let LeasedStore { claim, .. } =
        table.acquire_lease(&store, "runner", now, Duration::from_secs(30)).await.unwrap();
    for step in [Step::CreateNamespace, Step::CreateNetworkPolicies] {
        let events = [Event::started(step, "begins"), Event::completed(step, "ends", Duration::ZERO)];
        table.commit(&claim, &Provisioning::new().begin(step), &events, now).await.unwrap();
    }
    let whole = table.events(&store.id, store.uid).await.unwrap();
    let (mut found, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = table.event_page(&store.id, store.uid, 2, after, now).await.unwrap();
        sizes.push(page.items.len());
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found, sizes), (whole, vec![2, 2]));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_event_that_has_expired_is_on_no_page_although_dynamodb_has_not_removed_it() {
    let fixture = Fixture::new().await;
    let (table, store) = (&fixture.table, fixture.store().await);
    let now = Timestamp::now();
    let LeasedStore { claim, .. } =
        table.acquire_lease(&store, "runner", now, Duration::from_secs(30)).await.unwrap();
    let step = Step::CreateNamespace;
    let events = ["first", "second", "third"].map(|message| Event::started(step, message));
    table.commit(&claim, &Provisioning::new().begin(step), &events, now).await.unwrap();
    for (event, expires) in [(&events[0], now.as_seconds()), (&events[1], now.as_seconds() + 1)] {
        let (partition, place) = (format!("STORE#{}", store.id), format!("EVENT#{}#{}", store.uid, event.id));
        let expires = AttributeValue::N(expires.to_string());
        fixture.set_attribute((&partition, &place), "expiresAt", expires).await;
    }
    let page = table.event_page(&store.id, store.uid, 10, None, now).await.unwrap();
    assert_eq!(page.items, events[1..]);
}
