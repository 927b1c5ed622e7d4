//! Stores that can't be made, and stores that are deleted in the middle.

use domain::{
    event::EventKind,
    failure::{Cleanup, Failure, FailureCode},
    status::{Failed, State, Status},
    step::Step,
    store::Store,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{DeleteParams, ObjectMeta, PostParams},
};
use runner::drive::Outcome;

use crate::scene::{Scene, told};

/// No volume of this class is ever made, so the database's pod is never scheduled.
const NO_STORAGE: [&str; 2] = ["--storage-class", "there-is-none"];

async fn failure(scene: &Scene, store: &Store) -> Failure {
    let state = scene.state(store).await;
    let State::Failed(Failed { failure }) = state else { panic!("it is {state:?}") };
    failure
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_not_ready_in_time_fails_with_its_step_and_is_cleaned_up() {
    let scene = Scene::with(&[NO_STORAGE[0], NO_STORAGE[1], "--provision-deadline-seconds", "2"]).await;
    let store = scene.fixture.store().await;
    assert_eq!(scene.drive(&store).await.unwrap(), Outcome::Done);
    let failure = failure(&scene, &store).await;
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::DeadlineExceeded));
    assert!(failure.message.contains("within 2 s: 0 of 1 pods are available"), "{}", failure.message);
    assert_eq!(failure.cleanup, Cleanup::Done);
    assert!(scene.namespace(&store).await.is_none());
    let events = told(&scene.events(&store).await);
    assert!(events.contains(&(EventKind::StepFailed, Some(Step::WaitMysql))), "{events:?}");
    scene.delete(&store).await;
    assert_eq!(scene.state(&store).await.status(), Status::Deleted);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_failed_store_is_kept_for_inspection_where_that_is_wanted() {
    let flags = [NO_STORAGE[0], NO_STORAGE[1], "--provision-deadline-seconds", "2", "--keep-failed"];
    let scene = Scene::with(&flags).await;
    let store = scene.fixture.store().await;
    scene.drive(&store).await.unwrap();
    assert_eq!(failure(&scene, &store).await.cleanup, Cleanup::Kept);
    assert!(scene.namespace(&store).await.is_some());
    scene.delete(&store).await;
    assert!(scene.namespace(&store).await.is_none());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_of_somebody_else_is_a_conflict_and_stays_as_it_is() {
    let scene = Scene::new().await;
    let store = scene.fixture.store().await;
    let name = store.id.namespace();
    let namespaces: Api<Namespace> = Api::all(scene.admin.clone());
    let foreign = Namespace {
        metadata: ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    namespaces.create(&PostParams::default(), &foreign).await.unwrap();

    scene.drive(&store).await.unwrap();
    let failure = failure(&scene, &store).await;
    assert_eq!((failure.step, failure.code), (Step::CreateNamespace, FailureCode::NamespaceConflict));
    let found = scene.namespace(&store).await.unwrap();
    assert!(found.metadata.deletion_timestamp.is_none());
    assert!(scene.objects(&store).await.is_empty());

    scene.delete(&store).await;
    assert_eq!(scene.state(&store).await.status(), Status::Deleted);
    assert!(scene.namespace(&store).await.is_some_and(|found| found.metadata.deletion_timestamp.is_none()));
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_delete_in_the_middle_of_a_provisioning_ends_it() {
    let scene = Scene::with(&[NO_STORAGE[0], NO_STORAGE[1], "--lease-seconds", "6"]).await;
    let store = scene.fixture.store().await;
    let (driven, ()) = tokio::join!(scene.drive(&store), async {
        let waits =
            |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step == Some(Step::WaitMysql));
        scene.until(&store, waits).await;
        scene.request_deletion(&store).await;
    });
    assert_eq!(driven.unwrap(), Outcome::Done);
    assert_eq!(scene.state(&store).await.status(), Status::Deleted);
    assert!(scene.namespace(&store).await.is_none());
    let kinds: Vec<_> = scene.events(&store).await.iter().map(|event| event.kind).collect();
    assert!(!kinds.contains(&EventKind::StoreReady) && kinds.contains(&EventKind::StoreDeleted));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_was_never_begun_can_be_deleted() {
    let scene = Scene::new().await;
    let store = scene.fixture.store().await;
    scene.delete(&store).await;
    assert_eq!(scene.state(&store).await.status(), Status::Deleted);
}
