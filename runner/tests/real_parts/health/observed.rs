//! What a sweep finds of stores: their pods, volumes and namespaces.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    time::Duration,
};

use domain::{
    health::{Assessment, PodPhase, VolumePhase},
    store::Store,
    values::timestamp::Timestamp,
};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use k8s_openapi::api::core::v1::{Namespace, Pod, ResourceQuota};
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use runner::health::HealthSweeper;
use serde_json::json;
use uuid::Uuid;

use super::{kept, recorded, restarted, set_pod, sweep, sweep_at, verdict, written};
use crate::support::{
    harness::Harness,
    ready_store::{pods, ready},
};

/// How many pods the quota says that the store has. Kubernetes sometimes says one less for minutes: what it counts
/// again after the setup's pod has ended may leave out the shop's, which was admitted just then.
async fn counted(harness: &Harness, store: &Store) -> Option<String> {
    let quotas: Api<ResourceQuota> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let used = quotas.get("store").await.unwrap().status?.used?;
    used.get("pods").map(|used| used.0.clone())
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_made_is_healthy_and_what_it_is_made_of_is_reported() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let before = counted(&harness, &store).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    let report = sweep(&mut watch).await;
    assert_eq!(
        (report.seen.healthy, report.written),
        (1, 1),
        "{report:?} {:?}",
        kept(&harness, &store).await
    );

    let health = kept(&harness, &store).await.unwrap().health;
    let pods: Vec<_> =
        health.pods.iter().map(|pod| (pod.component.to_string(), pod.phase, pod.ready)).collect();
    let running = |name: &str| (name.to_owned(), PodPhase::Running, true);
    assert_eq!(pods, [running("mysql"), running("wordpress")]);
    assert!(health.pods.iter().all(|pod| pod.restarts == 0 && !pod.image.is_empty()));
    let volumes: Vec<_> = health.volumes.iter().map(|volume| (volume.name.as_str(), volume.phase)).collect();
    assert_eq!(volumes, [("mysql", VolumePhase::Bound), ("wordpress", VolumePhase::Bound)]);
    let of_pods = health.quota.iter().find(|quota| quota.resource == "pods").unwrap();
    assert_eq!(of_pods.hard, "10");
    let counts = [before, counted(&harness, &store).await];
    assert!(of_pods.used.is_some() && counts.contains(&of_pods.used), "{of_pods:?} {counts:?}");
    assert_eq!(recorded(&harness, &store).await, Vec::<String>::new(), "that it is healthy is no news");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_database_that_goes_down_and_comes_back_is_reported_with_its_reason() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    sweep(&mut watch).await;
    let at = written(Timestamp::now());
    let name = set_pod(&harness, &store, "mysql", restarted("mysql", false, 4, &at)).await;
    sweep(&mut watch).await;
    let why = format!(
        "No pod of mysql is ready: {name} is Running, and ended last with exit code 137 (OOMKilled)."
    );
    let (down, reasons) = verdict(&harness, &store).await;
    assert!(down == Assessment::Down && reasons.starts_with(&why), "{down} {reasons}");
    let health = kept(&harness, &store).await.unwrap().health;
    assert_eq!(health.pods[0].restarts, 4);
    assert_eq!(health.pods[0].last_exit.as_ref().unwrap().exit_code, 137);

    set_pod(&harness, &store, "mysql", restarted("mysql", true, 4, &at)).await;
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Degraded, "it was restarted just now");
    // Ten minutes later.
    let later = Timestamp::now().plus(Duration::from_secs(600));
    sweep_at(&mut watch, later).await;
    assert_eq!(verdict(&harness, &store).await, (Assessment::Healthy, String::new()));
    assert_eq!(kept(&harness, &store).await.unwrap().since, later);

    let changes: Vec<_> = recorded(&harness, &store).await;
    let changes: Vec<_> = changes.iter().map(|recorded| recorded.split_once('.').unwrap().0).collect();
    assert_eq!(
        changes,
        [
            "Its health went from Healthy to Down",
            "Its health went from Down to Degraded",
            "Its health went from Degraded to Healthy",
        ]
    );
    harness.delete(&store).await;
}

/// More than a page of a list, and than is kept of a store.
const EVICTED: usize = 600;

/// Leaves `count` pods of the database behind, as evictions of it do.
async fn evict(harness: &Harness, store: &Store, count: usize) {
    let namespace = store.id.namespace();
    // What is over does not count, but is still to be made.
    let quotas: Api<ResourceQuota> = Api::namespaced(harness.admin.clone(), &namespace);
    quotas.delete("store", &DeleteParams::background()).await.unwrap();
    let api: Api<Pod> = Api::namespaced(harness.admin.clone(), &namespace);
    let name = pods(harness, store, "mysql").await.pop_first().unwrap();
    let pattern = api.get(&name).await.unwrap();
    let mut spec = pattern.spec.unwrap();
    (spec.node_name, spec.scheduler_name) = (None, Some("none".into()));
    let mut labels = pattern.metadata.labels.unwrap();
    // None that a ReplicaSet takes for its own.
    labels.remove("pod-template-hash");
    let at = written(Timestamp::now());
    let evicted = |index: usize| {
        let (api, name, at) = (&api, format!("mysql-evicted-{index}"), &at);
        let metadata = json!({ "name": name, "labels": labels });
        let pod = serde_json::from_value(json!({ "metadata": metadata, "spec": spec })).unwrap();
        async move {
            // Admission goes by the quota for a moment after its end.
            harness.eventually(async || api.create(&PostParams::default(), &pod).await.is_ok()).await;
            let message = "The node was low on resource: memory. ".repeat(50);
            let status = json!({ "status": {
                "phase": "Failed", "reason": "Evicted", "message": message,
                "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": at }],
            } });
            api.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
        }
    };
    stream::iter((0..count).map(evicted)).buffer_unordered(16).collect::<()>().await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn hundreds_of_evicted_pods_are_reported_once_and_keep_no_other_store_from_being_seen() {
    let harness = Harness::new().await;
    let (store, other) = (ready(&harness).await, ready(&harness).await);
    let ended = AssertUnwindSafe(many_evicted_pods(&harness, &store, &other)).catch_unwind().await;
    // Whatever comes of it: the sweeps of all other tests list these pods, too.
    harness.delete(&store).await;
    harness.delete(&other).await;
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

async fn many_evicted_pods(harness: &Harness, store: &Store, other: &Store) {
    evict(harness, store, EVICTED).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    let report = sweep(&mut watch).await;
    assert_eq!((report.written, report.refused), (2, 0));
    assert_eq!(verdict(harness, other).await.0, Assessment::Healthy);
    let (verdict, reasons) = verdict(harness, store).await;
    assert_eq!(verdict, Assessment::Degraded, "{reasons}");
    let why = format!("{EVICTED} pods of mysql have failed and were replaced, the last at ");
    assert!(reasons.starts_with(&why) && reasons.ends_with(&format!(": {EVICTED} Evicted.")), "{reasons}");
    let health = kept(harness, store).await.unwrap().health;
    assert_eq!(health.pods.len() + usize::try_from(health.omitted.pods).unwrap(), EVICTED + 2);
    assert!(health.pods.iter().filter(|pod| pod.ready).count() == 2, "those that serve are among them");
    assert_eq!(sweep(&mut watch).await.written, 0, "it is no news");
    // Ten minutes later they are still there, and no reason any more.
    sweep_at(&mut watch, Timestamp::now().plus(Duration::from_secs(700))).await;
    assert_eq!(super::verdict(harness, store).await, (Assessment::Healthy, String::new()));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_somebody_deletes_or_puts_in_its_place_is_missed() {
    let harness = Harness::new().await;
    let store = ready(&harness).await;
    let mut watch = HealthSweeper::new(&harness.runner);
    sweep(&mut watch).await;
    let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
    namespaces.delete(&store.id.namespace(), &DeleteParams::background()).await.unwrap();
    sweep(&mut watch).await;
    assert_eq!(verdict(&harness, &store).await.0, Assessment::Missing, "on its way out already");
    harness.eventually(async || harness.namespace(&store).await.is_none()).await;
    sweep(&mut watch).await;
    let missing = (Assessment::Missing, "Its namespace is not in the cluster.".to_owned());
    assert_eq!(verdict(&harness, &store).await, missing);

    // One of the same name that another installation has made.
    harness.own_namespace(&Store { uid: Uuid::now_v7(), ..store.clone() }).await;
    let report = sweep(&mut watch).await;
    assert_eq!((report.seen.missing, report.written), (1, 0));
    let recorded = recorded(&harness, &store).await;
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert!(
        recorded[0].starts_with("Its health went from Healthy to Missing. Its namespace is "),
        "{recorded:?}"
    );
    assert_eq!(harness.read(&store).await.state, store.state, "its status is an axis of its own");
    harness.discard(&store.id.namespace()).await;
}
