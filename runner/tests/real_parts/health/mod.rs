//! How stores do in the cluster, as the health sweeps of runners see it.

mod observed;
mod pages;
mod sweeps;
mod ways_in;

use domain::{
    health::{Assessment, HealthRecord},
    provisioning::event::EventKind,
    store::Store,
    values::timestamp::Timestamp,
};
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use runner::health::{HealthSweep, HealthSweepReport, HealthSweeper};
use serde_json::{Value, json};

use crate::support::{harness::Harness, ready_store::pods};

pub(super) async fn sweep_at(watch: &mut HealthSweeper, now: Timestamp) -> HealthSweepReport {
    match watch.sweep(now).await.unwrap() {
        HealthSweep::Here(report) => report,
        HealthSweep::Elsewhere(until) => panic!("another one makes the sweeps until {until}"),
    }
}

pub(super) async fn sweep(watch: &mut HealthSweeper) -> HealthSweepReport {
    sweep_at(watch, Timestamp::now()).await
}

pub(super) async fn kept(harness: &Harness, store: &Store) -> Option<HealthRecord> {
    harness.fixture.table.health(&store.id, store.uid).await.unwrap()
}

/// The verdict that was written, and why.
pub(super) async fn verdict(harness: &Harness, store: &Store) -> (Assessment, String) {
    let health = kept(harness, store).await.unwrap().health;
    (health.assessment, health.reasons.join(" "))
}

/// What the timeline has of the store's health.
pub(super) async fn recorded(harness: &Harness, store: &Store) -> Vec<String> {
    let events = harness.events(store).await.into_iter();
    let changes = events.filter(|event| event.kind == EventKind::HealthChanged);
    changes.map(|event| event.message).collect()
}

/// Says of the pod of `workload` what its kubelet would.
pub(super) async fn set_pod(harness: &Harness, store: &Store, workload: &str, status: Value) -> String {
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let name = pods(harness, store, workload).await.pop_first().unwrap();
    let patch = Patch::Strategic(json!({ "status": status }));
    api.patch_status(&name, &PatchParams::default(), &patch).await.unwrap();
    name
}

/// A container that was restarted so often, and ended last at `at`.
pub(super) fn restarted(container: &str, ready: bool, restarts: u32, at: &str) -> Value {
    json!({
        "conditions": [{ "type": "Ready", "status": if ready { "True" } else { "False" } }],
        "containerStatuses": [{
            "name": container, "image": "i", "imageID": "", "ready": ready, "restartCount": restarts,
            "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled", "finishedAt": at } },
        }],
    })
}

/// Seconds since the epoch as Kubernetes writes an instant.
pub(super) fn written(at: Timestamp) -> String {
    Timestamp::from_milliseconds(at.as_seconds() * 1000).unwrap().to_string().replace(".000Z", "Z")
}
