//! Namespaces that came to be after their store was taken away.

use std::time::Duration;

use domain::{
    provisioning::{
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::{Store, state::State, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use runner::{loops::orphans::OrphanScan, resources::STORE_UID};
use serde_json::json;
use testkit::fixture::named_store;
use uuid::Uuid;

use crate::support::harness::{Harness, generated};

/// A store that is gone, whose namespace is then made by a request that nobody waits for any more.
async fn gone_with_a_late_namespace(harness: &Harness) -> Store {
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    harness.own_namespace(&store).await;
    store
}

async fn has_namespace(harness: &Harness, store: &Store) -> bool {
    harness.namespace(store).await.is_some_and(|found| found.metadata.deletion_timestamp.is_none())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_whose_store_is_gone_is_removed_once_it_is_old_enough_and_no_other_is() {
    let harness = Harness::new().await;
    let gone = gone_with_a_late_namespace(&harness).await;
    let living = harness.fixture.store().await;
    harness.own_namespace(&living).await;
    // As far as this table goes, that is another installation's.
    let unknown = testkit::fixture::new_store("ada");
    harness.own_namespace(&unknown).await;

    let hour = Duration::from_secs(3600);
    let mut orphans = OrphanScan::new(&harness.runner).with_age(hour);
    // Other tests have namespaces too: all are gone over before the first comes again.
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    let looks =
        namespaces.list_metadata(&kube::api::ListParams::default()).await.unwrap().items.len() / 100 + 2;
    let now = Timestamp::now();
    for _ in 0..looks {
        assert_eq!(orphans.scan(now).await.unwrap(), 0, "it may still be wanted");
    }
    assert!(has_namespace(&harness, &gone).await);

    let mut removed = 0;
    for _ in 0..looks {
        removed += orphans.scan(now.plus(hour + hour)).await.unwrap();
    }
    assert_eq!(removed, 1);
    assert!(!has_namespace(&harness, &gone).await);
    for store in [living, unknown] {
        assert!(has_namespace(&harness, &store).await);
        namespaces.delete(&store.id.namespace(), &DeleteParams::default()).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_at_work_finds_them_by_itself_and_counts_them() {
    let harness = Harness::with(&["--orphan-interval-seconds", "1", "--orphan-age-seconds", "0"]).await;
    let gone = gone_with_a_late_namespace(&harness).await;
    let shutdown = runner::worker::shutdown::Shutdown::default();
    let running = tokio::spawn(runner::worker::run(harness.runner.clone(), shutdown.clone()));
    harness.until_no_namespace(&gone).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    let metrics = harness.runner.metrics.encode().unwrap();
    assert!(metrics.contains("shopwright_runner_orphans_removed_total 1\n"), "{metrics}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_whose_namespace_comes_late_is_cleaned_up_once_more() {
    let flags =
        ["--orphan-interval-seconds", "1", "--orphan-age-seconds", "0", "--sweep-interval-seconds", "1"];
    let deadline = ["--storage-class", "there-is-none", "--provision-deadline-seconds", "2"];
    let harness = Harness::with(&[&flags[..], &deadline].concat()).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(
        (failed.failure.cleanup.clone(), has_namespace(&harness, &store).await),
        (Cleanup::Done, false)
    );

    harness.own_namespace(&store).await;
    let shutdown = runner::worker::shutdown::Shutdown::default();
    let running = tokio::spawn(runner::worker::run(harness.runner.clone(), shutdown.clone()));
    harness.until_no_namespace(&store).await;
    harness.until(&store, |store| store.task().is_none()).await;
    assert_eq!(harness.state(&store).await, State::Failed(failed), "it failed as it did");
    shutdown.drain.cancel();
    running.await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_an_earlier_store_of_the_name_left_behind_makes_way_for_the_next_one() {
    let harness = Harness::new().await;
    let earlier = gone_with_a_late_namespace(&harness).await;
    let next = named_store(earlier.name.as_str(), "ada");
    harness.fixture.create(&next).await;
    harness.drive(&next).await.unwrap();
    assert_eq!(harness.state(&next).await.status(), Status::Ready);
    let namespace = harness.namespace(&next).await.unwrap();
    assert_eq!(namespace.labels()[STORE_UID], next.uid.to_string());
    harness.delete(&next).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_of_that_name_that_this_table_never_knew_is_a_conflict() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    // The same name in another installation on this cluster.
    let other = Store { uid: Uuid::now_v7(), ..store.clone() };
    harness.own_namespace(&other).await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(failed.failure.code, FailureCode::NamespaceConflict);
    assert!(has_namespace(&harness, &store).await, "it is left alone");
    harness.delete(&store).await;
    assert!(has_namespace(&harness, &store).await, "then too");
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    namespaces.delete(&store.id.namespace(), &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_is_still_going_is_waited_for_and_then_made_anew() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    // A stranger's, held by a finalizer.
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    let name = store.id.namespace();
    let foreign = json!({ "metadata": { "name": name } });
    namespaces.create(&Default::default(), &serde_json::from_value(foreign).unwrap()).await.unwrap();
    let maps: Api<k8s_openapi::api::core::v1::ConfigMap> = Api::namespaced(harness.admin.clone(), &name);
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/not-yet"] } });
    maps.create(&Default::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();

    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        let begun = |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step.is_some());
        harness.until(&store, begun).await;
        let free = json!({ "metadata": { "finalizers": null } });
        maps.patch("held", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    });
    driven.unwrap();
    harness.assert_ready(&store).await;
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_secret_that_is_still_going_is_waited_for_without_a_right_to_watch_secrets() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let mut secret = generated(harness.resources(&store).credentials).remove(0);
    secret.metadata.finalizers = Some(vec!["example.com/not-yet".into()]);
    let name = secret.name_any();
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    secrets.delete(&name, &DeleteParams::default()).await.unwrap();

    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        let waits = |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step == Some(Step::CreateSecrets));
        harness.until(&store, waits).await;
        let free = json!({ "metadata": { "finalizers": null } });
        secrets.patch(&name, &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    });
    driven.unwrap();
    harness.assert_ready(&store).await;
    harness.delete(&store).await;
}
