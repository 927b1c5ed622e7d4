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

use super::harness::Harness;

/// Makes a store and brings it up.
pub(crate) async fn ready(harness: &Harness) -> Store {
    let store = harness.fixture.store().await;
    assert_eq!(harness.drive(&store).await.unwrap(), Driven::Done);
    harness.assert_ready(&store).await;
    harness.read(&store).await
}

/// Asks for `work`, drives it to its end, and says what came of it.
pub(crate) async fn operate(harness: &Harness, store: &Store, work: ExclusiveRequest) -> Operation {
    let (store, order) = harness.fixture.request_operation(store, work).await;
    assert_eq!(harness.drive(&store).await.unwrap(), Driven::Done);
    let now = harness.read(&store).await;
    assert_eq!((now.state.status(), now.task(), now.due), (Status::Ready, None, None), "it is at rest");
    kept(harness, &store, &order).await
}

pub(crate) async fn kept(harness: &Harness, store: &Store, order: &PendingOperation) -> Operation {
    let table = &harness.fixture.table;
    table.operation(&store.id, store.uid, order.id, Timestamp::now()).await.unwrap().unwrap()
}

pub(crate) fn failure(operation: &Operation) -> (FailureCode, &str) {
    match &operation.end.as_ref().unwrap().outcome {
        Outcome::Failed(failure) => (failure.code, &failure.message),
        Outcome::Succeeded(result) => panic!("it has succeeded: {result:?}"),
    }
}

/// Which pods a workload has, those on their way out not counted.
pub(crate) async fn pods(harness: &Harness, store: &Store, workload: &str) -> BTreeSet<String> {
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let params = ListParams::default().labels(&format!("app.kubernetes.io/component={workload}"));
    let listed = api.list(&params).await.unwrap().into_iter();
    listed.filter(|pod| pod.metadata.deletion_timestamp.is_none()).map(|pod| pod.name_any()).collect()
}

pub(crate) fn deployments(harness: &Harness, store: &Store) -> Api<Deployment> {
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

/// Gives a workload another image, as somebody with access to the cluster may, and waits until its pods of before have
/// gone: until its controller comes to that, they are ready.
pub(crate) async fn set_image(harness: &Harness, store: &Store, workload: &str, image: &str) {
    let before = pods(harness, store, workload).await;
    let containers = json!([{ "name": workload, "image": image }]);
    let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
    let params = PatchParams::default();
    deployments(harness, store).patch(workload, &params, &Patch::Strategic(patch)).await.unwrap();
    harness.eventually(async || pods(harness, store, workload).await.is_disjoint(&before)).await;
}

/// The access of a runner that holds the store's lease.
pub(crate) fn cluster(harness: &Harness, store: &Store) -> Cluster {
    let lease = Arc::new(LeaseGuard::new(Instant::now(), Duration::from_secs(60)));
    let runner = &harness.runner;
    let pod_check_interval = runner.limits.pod_check_interval();
    Cluster::new(runner.client.clone(), store.uid, lease, pod_check_interval, runner.metrics.clone())
}

/// What comes of `operation` where a runner carries it out that does not know how far another one came.
pub(crate) async fn carry_out(
    harness: &Harness,
    store: &Store,
    operation: &PendingOperation,
) -> OperationResult {
    let blueprint = Blueprint::new(store, harness.runner.settings.clone());
    run_exclusive(&cluster(harness, store), &blueprint, operation).await.unwrap()
}
