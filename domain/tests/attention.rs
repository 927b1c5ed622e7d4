//! What needs somebody, in the table: what it costs, and what it leaves.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use domain::{
    attention::Cause,
    provisioning::{failure::Cleanup, step::Step},
    store::{Store, state::Provisioning},
    table::AttentionPlace,
    values::timestamp::Timestamp,
};
use testkit::{
    fixture::{Fixture, failure, named_store, new_store},
    meter::Meter,
};

const LEASE: Duration = Duration::from_secs(60);

/// Has `store` fail as a runner would.
async fn fail(fixture: &Fixture, store: &Store, now: Timestamp) {
    let taken = fixture.table.acquire_lease(store, "runner", now, LEASE).await.unwrap();
    let fails = Provisioning::new().fail(failure(Step::WaitMysql, Cleanup::Done));
    fixture.table.commit(&taken.claim, &fails, &[], now).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_ordinary_provisioning_writes_nothing_of_it() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let (table, now) = (&fixture.table, Timestamp::now());
    let store = fixture.create(&new_store("ada")).await;
    let created = meter.take().write;
    let taken = table.acquire_lease(&store, "runner", now, LEASE).await.unwrap();
    for step in Step::PROVISIONING {
        let begins = Provisioning { step: None }.begin(step);
        table.commit(&taken.claim, &begins, &[], now).await.unwrap();
    }
    let ready = Provisioning::new().ready("http://shop.example".into(), now);
    table.commit(&taken.claim, &ready, &[], now).await.unwrap();
    println!(
        "a create costs {created} write units, the provisioning without its events {}",
        meter.take().write
    );
    let scan = fixture.clients.dynamodb.scan().table_name(table.name()).index_name("attention");
    assert_eq!(scan.send().await.unwrap().count, 0);
    assert_eq!(table.attention(None, true, 100, None, now).await.unwrap().items, []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_pages_of_many_have_each_once_whoever_reads_them() {
    let fixture = Fixture::new().await;
    let now = Timestamp::now();
    for each in 0..25 {
        let owner = if each % 5 == 0 { "bob" } else { "ada" };
        let store = fixture.create(&named_store(&format!("Broken {each}"), owner)).await;
        fail(&fixture, &store, now).await;
    }
    for (owner, count) in [(None, 25), (Some("ada"), 20), (Some("bob"), 5), (Some("eve"), 0)] {
        let (mut ids, mut place): (Vec<_>, Option<AttentionPlace>) = (Vec::new(), None);
        loop {
            let page = fixture.table.attention(owner, false, 4, place, now).await.unwrap();
            assert!(page.items.len() <= 4);
            assert!(page.items.iter().all(|entry| entry.attention.cause == Cause::Failed));
            ids.extend(page.items.into_iter().map(|entry| entry.store.id));
            place = page.next.map(|next| next.to_string().parse().unwrap());
            if place.is_none() {
                break;
            }
        }
        assert_eq!(ids.len(), count, "{owner:?}");
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "{owner:?}: each once");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_took_over_the_name_of_one_that_failed_has_nothing_of_it() {
    let fixture = Fixture::new().await;
    let now = Timestamp::now();
    let first = fixture.create(&named_store("My Shop", "ada")).await;
    fail(&fixture, &first, now).await;
    assert_eq!(fixture.table.attention(Some("ada"), false, 9, None, now).await.unwrap().items.len(), 1);
    fixture.delete(&fixture.read(&first).await).await;
    fixture.create(&named_store("My Shop", "ada")).await;
    assert_eq!(fixture.table.attention(Some("ada"), true, 9, None, now).await.unwrap().items, []);
    assert_eq!(fixture.table.attention(None, true, 9, None, now).await.unwrap().items, []);
}
