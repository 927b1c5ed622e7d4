//! A store is stopped and started again: it keeps all that it has, and is never left between.

use domain::{
    operation::{ExclusiveRequest, Guard, Operation, OperationResult, Outcome},
    provisioning::{event::EventKind, failure::FailureCode},
    store::{Store, power::Power},
};
use k8s_openapi::api::{
    core::v1::{PersistentVolumeClaim, Pod, Secret},
    networking::v1::Ingress,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use runner::{inspect::diff::differences, resources::Blueprint};
use serde_json::json;

use crate::support::{
    harness::Harness,
    ready_store::{deployments, failure, operate, pods, ready, set_image},
};

async fn power(harness: &Harness, store: &Store) -> Option<Power> {
    harness.read(store).await.state.power()
}

pub(super) fn result(operation: &Operation) -> &OperationResult {
    match &operation.end.as_ref().unwrap().outcome {
        Outcome::Succeeded(result) => result,
        Outcome::Failed(failure) => panic!("it has failed: {failure:?}"),
    }
}

pub(super) async fn ingresses(harness: &Harness, store: &Store) -> usize {
    let api: Api<Ingress> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    api.list(&ListParams::default()).await.unwrap().items.len()
}

/// Which volumes and Secrets it has, and in which versions.
pub(super) async fn kept(harness: &Harness, store: &Store) -> Vec<String> {
    let namespace = store.id.namespace();
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(harness.admin.clone(), &namespace);
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &namespace);
    let claims = claims.list(&ListParams::default()).await.unwrap().items.into_iter();
    let secrets = secrets.list(&ListParams::default()).await.unwrap().items.into_iter();
    let claims = claims.map(|claim| format!("{} {:?}", claim.name_any(), claim.spec.unwrap().volume_name));
    let secrets = secrets.map(|secret| format!("{} {:?}", secret.name_any(), secret.resource_version()));
    claims.chain(secrets).collect()
}

/// All its pods, those on their way out too.
pub(super) async fn all_pods(harness: &Harness, store: &Store) -> usize {
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let ours = ListParams::default().labels("app.kubernetes.io/component in (mysql,wordpress)");
    api.list(&ours).await.unwrap().items.len()
}

pub(super) async fn drifts(harness: &Harness, store: &Store) -> Vec<String> {
    let blueprint = Blueprint::new(&harness.read(store).await, harness.runner.settings.clone());
    let found = differences(&harness.admin, &blueprint).await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_stopped_with_all_that_it_keeps_and_started_again() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = kept(&harness, &store).await;
    let recorded_before = harness.events(&store).await.len();

    let hibernated = operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    assert_eq!(*result(&hibernated), OperationResult::PowerChanged { power: Power::Hibernated });
    assert_eq!(power(&harness, &store).await, Some(Power::Hibernated));
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (0, 0));
    assert_eq!(kept(&harness, &store).await, before);
    assert_eq!(drifts(&harness, &store).await, [""; 0], "it is as its record says");

    let resumed = operate(&harness, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    assert_eq!(power(&harness, &store).await, Some(Power::Running));
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (1, 2));
    assert_eq!(kept(&harness, &store).await, before);
    assert_eq!(drifts(&harness, &store).await, [""; 0]);

    let events = harness.events(&store).await;
    let recorded: Vec<_> = events[recorded_before..].iter().map(|event| event.kind).collect();
    let kinds = [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(recorded, [kinds, kinds].concat());
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_can_not_start_is_stopped_again_and_starts_once_that_is_mended() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    set_image(&harness, &store, "wordpress", "chaos/image-pull:1").await;
    let failed = operate(&harness, &store, ExclusiveRequest::Resume).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ImagePullFailed, "{message}");
    assert_eq!(power(&harness, &store).await, Some(Power::Hibernated));
    assert_eq!((ingresses(&harness, &store).await, all_pods(&harness, &store).await), (0, 0), "not between");

    set_image(&harness, &store, "wordpress", harness.runner.settings.images.store_image.as_str()).await;
    let resumed = operate(&harness, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_shop_does_not_stop_in_time_runs_again() {
    let harness = Harness::with(&["--operation-deadline-seconds", "10"]).await;
    let store = ready(&harness).await;
    let [name] = Vec::from_iter(pods(&harness, &store, "wordpress").await).try_into().unwrap();
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let finalizers = |finalizers: &[&str]| Patch::Merge(json!({ "metadata": { "finalizers": finalizers } }));
    api.patch(&name, &PatchParams::default(), &finalizers(&["shopwright.dev/test"])).await.unwrap();

    let failed = operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::DeadlineExceeded, "{message}");
    assert!(message.contains("on their way out"), "{message}");
    assert_eq!(power(&harness, &store).await, Some(Power::Running));
    assert_eq!(ingresses(&harness, &store).await, 1);
    assert_eq!(pods(&harness, &store, "wordpress").await.len(), 1, "another one runs");
    assert_eq!(drifts(&harness, &store).await, [""; 0]);
    api.patch(&name, &PatchParams::default(), &finalizers(&[])).await.unwrap();
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_can_neither_be_done_nor_taken_back_is_said_and_does_not_go_on_for_ever() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    deployments(&harness, &store).delete("mysql", &DeleteParams::default()).await.unwrap();
    let failed = operate(&harness, &store, ExclusiveRequest::Hibernate { guard: Guard::None }).await;
    let (_, message) = failure(&failed);
    assert!(message.contains("could not be taken back: "), "{message}");
    assert_eq!(power(&harness, &store).await, Some(Power::Running), "health says how it is");
    harness.delete(&store).await;
}
