//! A store that is up, and what tests ask of it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    operation::{ExclusiveRequest, Operation, OperationResult, Outcome, PendingOperation},
    provisioning::failure::FailureCode,
    store::{Store, status::Status},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Pod};
use kube::{
    Api, ResourceExt as _,
    api::{ListParams, Patch, PatchParams},
};
use runner::{
    cluster::Cluster, lease::LeaseGuard, operations::run_exclusive, reconcile::JobOutcome as Driven,
    resources::Blueprint,
};
use serde_json::json;
use tokio::time::Instant;

use super::scene::Scene;

/// Makes a store and brings it up.
pub(crate) async fn ready(scene: &Scene) -> Store {
    let store = scene.fixture.store().await;
    assert_eq!(scene.drive(&store).await.unwrap(), Driven::Done);
    scene.assert_ready(&store).await;
    scene.read(&store).await
}

/// Asks for `work`, drives it to its end, and says what came of it.
pub(crate) async fn operate(scene: &Scene, store: &Store, work: ExclusiveRequest) -> Operation {
    let (store, order) = scene.fixture.request_operation(store, work).await;
    assert_eq!(scene.drive(&store).await.unwrap(), Driven::Done);
    let now = scene.read(&store).await;
    assert_eq!((now.state.status(), now.task(), now.due), (Status::Ready, None, None), "it is at rest");
    kept(scene, &store, &order).await
}

pub(crate) async fn kept(scene: &Scene, store: &Store, order: &PendingOperation) -> Operation {
    let table = &scene.fixture.table;
    table.operation(&store.id, store.uid, order.id, Timestamp::now()).await.unwrap().unwrap()
}

pub(crate) fn failure(operation: &Operation) -> (FailureCode, &str) {
    match &operation.end.as_ref().unwrap().outcome {
        Outcome::Failed(failure) => (failure.code, &failure.message),
        Outcome::Succeeded(result) => panic!("it has succeeded: {result:?}"),
    }
}

/// Which pods a workload has, those on their way out not counted.
pub(crate) async fn pods(scene: &Scene, store: &Store, workload: &str) -> BTreeSet<String> {
    let api: Api<Pod> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    let params = ListParams::default().labels(&format!("app.kubernetes.io/component={workload}"));
    let listed = api.list(&params).await.unwrap().into_iter();
    listed.filter(|pod| pod.metadata.deletion_timestamp.is_none()).map(|pod| pod.name_any()).collect()
}

pub(crate) fn deployments(scene: &Scene, store: &Store) -> Api<Deployment> {
    Api::namespaced(scene.admin.clone(), &store.id.namespace())
}

/// Gives a workload another image, as somebody with access to the cluster may.
pub(crate) async fn set_image(scene: &Scene, store: &Store, workload: &str, image: &str) {
    let containers = json!([{ "name": workload, "image": image }]);
    let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let params = PatchParams::default();
    deployments(scene, store).patch(workload, &params, &Patch::Strategic(patch)).await.unwrap();
}

/// The access of a runner that holds the store's lease.
pub(crate) fn cluster(scene: &Scene, store: &Store) -> Cluster {
    let lease = Arc::new(LeaseGuard::new(Instant::now(), Duration::from_secs(60)));
    let runner = &scene.runner;
    let pod_check_interval = runner.limits.pod_check_interval();
    Cluster::new(runner.client.clone(), store.uid, lease, pod_check_interval, runner.metrics.clone())
}

/// What comes of `operation` where a runner carries it out that does not know how far another one came.
pub(crate) async fn carry_out(scene: &Scene, store: &Store, operation: &PendingOperation) -> OperationResult {
    let blueprint = Blueprint::new(store, scene.runner.settings.clone());
    run_exclusive(&cluster(scene, store), &blueprint, operation).await.unwrap()
}
