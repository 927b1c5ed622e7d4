//! A store is stopped and started again: it keeps all that it has, and is never left between.

use domain::{
    operation::{ExclusiveRequest, Operation, OperationResult, Outcome},
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
    ready_store::{deployments, failure, operate, pods, ready, set_image},
    scene::Scene,
};

async fn power(scene: &Scene, store: &Store) -> Option<Power> {
    scene.read(store).await.state.power()
}

pub(super) fn result(operation: &Operation) -> &OperationResult {
    match &operation.end.as_ref().unwrap().outcome {
        Outcome::Succeeded(result) => result,
        Outcome::Failed(failure) => panic!("it has failed: {failure:?}"),
    }
}

pub(super) async fn ingresses(scene: &Scene, store: &Store) -> usize {
    let api: Api<Ingress> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    api.list(&ListParams::default()).await.unwrap().items.len()
}

/// Which volumes and Secrets it has, and in which versions.
pub(super) async fn kept(scene: &Scene, store: &Store) -> Vec<String> {
    let namespace = store.id.namespace();
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(scene.admin.clone(), &namespace);
    let secrets: Api<Secret> = Api::namespaced(scene.admin.clone(), &namespace);
    let claims = claims.list(&ListParams::default()).await.unwrap().items.into_iter();
    let secrets = secrets.list(&ListParams::default()).await.unwrap().items.into_iter();
    let claims = claims.map(|claim| format!("{} {:?}", claim.name_any(), claim.spec.unwrap().volume_name));
    let secrets = secrets.map(|secret| format!("{} {:?}", secret.name_any(), secret.resource_version()));
    claims.chain(secrets).collect()
}

/// All its pods, those on their way out too.
pub(super) async fn all_pods(scene: &Scene, store: &Store) -> usize {
    let api: Api<Pod> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    let ours = ListParams::default().labels("app.kubernetes.io/component in (mysql,wordpress)");
    api.list(&ours).await.unwrap().items.len()
}

pub(super) async fn drifts(scene: &Scene, store: &Store) -> Vec<String> {
    let blueprint = Blueprint::new(&scene.read(store).await, scene.runner.settings.clone());
    let found = differences(&scene.admin, &blueprint).await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_is_stopped_with_all_that_it_keeps_and_started_again() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let before = kept(&scene, &store).await;
    let told_before = scene.events(&store).await.len();

    let hibernated = operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    assert_eq!(*result(&hibernated), OperationResult::PowerChanged { power: Power::Hibernated });
    assert_eq!(power(&scene, &store).await, Some(Power::Hibernated));
    assert_eq!((ingresses(&scene, &store).await, all_pods(&scene, &store).await), (0, 0));
    assert_eq!(kept(&scene, &store).await, before);
    assert_eq!(drifts(&scene, &store).await, [""; 0], "it is as its record says");

    let resumed = operate(&scene, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    assert_eq!(power(&scene, &store).await, Some(Power::Running));
    assert_eq!((ingresses(&scene, &store).await, all_pods(&scene, &store).await), (1, 2));
    assert_eq!(kept(&scene, &store).await, before);
    assert_eq!(drifts(&scene, &store).await, [""; 0]);

    let events = scene.events(&store).await;
    let told: Vec<_> = events[told_before..].iter().map(|event| event.kind).collect();
    let kinds = [EventKind::OperationRequested, EventKind::OperationStarted, EventKind::OperationSucceeded];
    assert_eq!(told, [kinds, kinds].concat());
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_can_not_start_is_stopped_again_and_starts_once_that_is_mended() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    set_image(&scene, &store, "wordpress", "chaos/image-pull:1").await;
    let failed = operate(&scene, &store, ExclusiveRequest::Resume).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::ImagePullFailed, "{message}");
    assert_eq!(power(&scene, &store).await, Some(Power::Hibernated));
    assert_eq!((ingresses(&scene, &store).await, all_pods(&scene, &store).await), (0, 0), "not between");

    set_image(&scene, &store, "wordpress", scene.runner.settings.images.store_image.as_str()).await;
    let resumed = operate(&scene, &store, ExclusiveRequest::Resume).await;
    assert_eq!(*result(&resumed), OperationResult::PowerChanged { power: Power::Running });
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_whose_shop_does_not_stop_in_time_runs_again() {
    let scene = Scene::with(&["--operation-deadline-seconds", "6"]).await;
    let store = ready(&scene).await;
    let [name] = Vec::from_iter(pods(&scene, &store, "wordpress").await).try_into().unwrap();
    let api: Api<Pod> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    let finalizers = |finalizers: &[&str]| Patch::Merge(json!({ "metadata": { "finalizers": finalizers } }));
    api.patch(&name, &PatchParams::default(), &finalizers(&["shopwright.dev/test"])).await.unwrap();

    let failed = operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    let (code, message) = failure(&failed);
    assert_eq!(code, FailureCode::DeadlineExceeded, "{message}");
    assert!(message.contains("on their way out"), "{message}");
    assert_eq!(power(&scene, &store).await, Some(Power::Running));
    assert_eq!(ingresses(&scene, &store).await, 1);
    assert_eq!(pods(&scene, &store, "wordpress").await.len(), 1, "another one runs");
    assert_eq!(drifts(&scene, &store).await, [""; 0]);
    api.patch(&name, &PatchParams::default(), &finalizers(&[])).await.unwrap();
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_can_neither_be_done_nor_taken_back_is_said_and_does_not_go_on_for_ever() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    deployments(&scene, &store).delete("mysql", &DeleteParams::default()).await.unwrap();
    let failed = operate(&scene, &store, ExclusiveRequest::Hibernate).await;
    let (_, message) = failure(&failed);
    assert!(message.contains("could not be taken back: "), "{message}");
    assert_eq!(power(&scene, &store).await, Some(Power::Running), "health says how it is");
    scene.delete(&store).await;
}
