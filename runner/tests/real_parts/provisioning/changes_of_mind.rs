//! Stores whose owners want something else in the middle of something.

use std::collections::BTreeMap;

use domain::{
    provisioning::{
        event::EventKind,
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::decision::StoreCommand,
    store::{
        Store,
        state::{Failed, State},
        status::Status,
    },
    table::ChangeError,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Namespace, Secret},
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;
use testkit::fixture::{actor, change_request};

use crate::support::harness::{Harness, recorded};

/// The namespace of `store`, which no pod gets into, and which can't go while it is held.
async fn doomed_and_held(harness: &Harness, store: &Store) -> Api<ConfigMap> {
    harness.own_namespace(store).await;
    harness.refuse(store, "pods", "no-pods").await;
    let maps: Api<ConfigMap> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/not-yet"] } });
    maps.create(&PostParams::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
    maps
}

/// Lets it go.
async fn free(maps: &Api<ConfigMap>) {
    let free = json!({ "metadata": { "finalizers": null } });
    maps.patch("held", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
}

/// Whether the store failed and is being cleaned up.
fn is_being_cleaned_up(store: &Store) -> bool {
    matches!(&store.state, State::Failed(Failed { failure, .. }) if failure.cleanup == Cleanup::Pending)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_delete_during_the_clean_up_takes_it_over() {
    let harness = Harness::with(&["--lease-seconds", "6"]).await;
    let store = harness.fixture.store().await;
    let maps = doomed_and_held(&harness, &store).await;
    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        harness.until(&store, is_being_cleaned_up).await;
        harness.request_deletion(&store).await;
        free(&maps).await;
    });
    driven.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert!(harness.namespace(&store).await.is_none());
    assert_eq!(harness.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_namespace_has_vanished_can_be_deleted() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    namespaces.delete(&store.id.namespace(), &DeleteParams::default()).await.unwrap();
    harness.until_no_namespace(&store).await;
    harness.delete(&store).await;
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
}

/// The values of the store's secrets, by their names.
async fn secrets(harness: &Harness, store: &Store) -> BTreeMap<String, BTreeMap<String, ByteString>> {
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let found = secrets.list(&ListParams::default()).await.unwrap();
    found.into_iter().map(|secret| (secret.name_any(), secret.data.unwrap_or_default())).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_that_was_cleaned_up_is_made_from_the_top_when_it_is_tried_again() {
    let harness = Harness::with(&["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1"]).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!((failed.failure.code, failed.failure.cleanup), (FailureCode::ImagePullFailed, Cleanup::Done));

    // Somebody has mended the setting.
    let mended = Harness::over(harness.fixture.clone(), &[]).await;
    let again = mended.fixture.request_retry(&store).await;
    assert_eq!((again.state.status(), again.attempts), (Status::Provisioning, 0));
    mended.drive(&again).await.unwrap();
    assert_eq!(mended.state(&store).await.status(), Status::Ready);
    let events = recorded(&mended.events(&store).await);
    let asked = events.iter().position(|(kind, _)| *kind == EventKind::RetryRequested).unwrap();
    assert_eq!(events[asked + 1], (EventKind::StepStarted, Some(Step::CreateNamespace)));
    assert_eq!(events.last(), Some(&(EventKind::StoreReady, None)));
    mended.delete(&store).await;
    assert_eq!(mended.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_that_was_kept_goes_on_with_the_same_secrets_when_it_is_tried_again() {
    let flags = ["--mysql-image", "chaos/image-pull:1", "--look-after-seconds", "1", "--keep-failed"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!((failed.failure.code, failed.failure.cleanup), (FailureCode::ImagePullFailed, Cleanup::Kept));
    let before = secrets(&harness, &store).await;
    assert_eq!(before.len(), 2);

    // Somebody has mended the setting.
    let again = Harness::over(harness.fixture.clone(), &[]).await;
    again.drive(&again.fixture.request_retry(&store).await).await.unwrap();
    assert_eq!(again.state(&store).await.status(), Status::Ready);
    assert_eq!(secrets(&again, &store).await, before);
    again.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_a_failed_setup_of_a_kept_store_has_of_its_image_is_made_anew_and_nothing_else_is() {
    let harness = Harness::with(&["--store-image", "chaos/exit:1", "--keep-failed"]).await;
    let store = harness.fixture.store().await;
    harness.drive(&store).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!((failed.failure.code, failed.failure.cleanup), (FailureCode::SetupJobFailed, Cleanup::Kept));
    let uids = async || {
        let objects = harness.objects(&store).await.into_iter();
        let named = objects
            .map(|object| (object.types.as_ref().unwrap().kind.clone(), object.name_any(), object.uid()));
        named.collect::<std::collections::BTreeSet<_>>()
    };
    let before = uids().await;

    let mended = Harness::over(harness.fixture.clone(), &[]).await;
    mended.drive(&mended.fixture.request_retry(&store).await).await.unwrap();
    assert_eq!(mended.state(&store).await.status(), Status::Ready);
    let after = uids().await;
    let replaced: Vec<_> =
        before.difference(&after).map(|(kind, name, _)| format!("{kind} {name}")).collect();
    // The shop's pod was got ready beside the setup, of the same image.
    assert_eq!(replaced, ["Deployment wordpress", "Job setup"]);
    mended.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_retry_during_the_clean_up_stops_it_and_makes_the_store_once_the_old_namespace_is_gone() {
    let harness = Harness::with(&["--lease-seconds", "6"]).await;
    let store = harness.fixture.store().await;
    let maps = doomed_and_held(&harness, &store).await;
    let old = harness.namespace(&store).await.unwrap().uid();
    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        harness.until(&store, is_being_cleaned_up).await;
        let is_going = async || {
            let found = harness.namespace(&store).await;
            found.is_none_or(|found| found.metadata.deletion_timestamp.is_some())
        };
        harness.eventually(is_going).await;
        harness.fixture.request_retry(&store).await;
        let begun = |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step.is_some());
        harness.until(&store, begun).await;
        free(&maps).await;
    });
    driven.unwrap();
    harness.assert_ready(&store).await;
    assert_ne!(harness.namespace(&store).await.unwrap().uid(), old);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_deletion_that_failed_is_ended_by_a_retry_and_a_running_one_takes_none() {
    let harness = Harness::with(&["--teardown-deadline-seconds", "3"]).await;
    let store = harness.fixture.store().await;
    let maps = doomed_and_held(&harness, &store).await;
    let deleting = harness.request_deletion(&store).await;
    let refused = harness
        .fixture
        .table
        .change_store(deleting.clone(), &StoreCommand::Retry, change_request(&actor("ada")))
        .await;
    assert!(matches!(refused, Err(ChangeError::WrongStatus { .. })), "{refused:?}");
    harness.drive(&deleting).await.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(failed.failure.code, FailureCode::CleanupFailed);

    free(&maps).await;
    let again = harness.fixture.request_retry(&store).await;
    assert_eq!(again.state.status(), Status::Deleting);
    // With a deadline that leaves the namespace controller its time.
    Harness::over(harness.fixture.clone(), &[]).await.drive(&again).await.unwrap();
    assert_eq!(harness.state(&store).await.status(), Status::Deleted);
    assert!(harness.namespace(&store).await.is_none());
    assert_eq!(harness.fixture.table.platform_count().await.unwrap(), 0);
}
