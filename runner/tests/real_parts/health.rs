//! How stores do in the cluster, as the passes of runners see it.

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use domain::{
    fixture::Fixture,
    health::{HealthRecord, PodPhase, Verdict, VolumePhase},
    meter::Meter,
    provisioning::event::EventKind,
    store::Store,
    table::PassError,
    values::timestamp::Timestamp,
};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use k8s_openapi::api::core::v1::{Namespace, Pod, ResourceQuota};
use kube::{
    Api, Client, Config,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use nix::sys::signal::Signal;
use runner::{
    cluster::client_builder,
    health::{HealthWatch, PAGE, PassFailure, PassReport, Passed},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    operations::{pods, ready},
    process::Process,
    scene::{Scene, kubeconfig},
};

/// Longer than any lease of the passes here.
const LONG: Duration = Duration::from_secs(3600);

/// The runner's way to the API server.
async fn access() -> Config {
    let kubeconfig = Kubeconfig::read_from(kubeconfig("RUNNER_KUBECONFIG")).unwrap();
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap()
}

async fn pass_at(watch: &mut HealthWatch, now: Timestamp) -> PassReport {
    match watch.pass(now).await.unwrap() {
        Passed::Here(report) => report,
        Passed::Elsewhere(until) => panic!("another one makes the passes until {until}"),
    }
}

async fn pass(watch: &mut HealthWatch) -> PassReport {
    pass_at(watch, Timestamp::now()).await
}

async fn kept(scene: &Scene, store: &Store) -> Option<HealthRecord> {
    scene.fixture.table.health(&store.id, store.uid).await.unwrap()
}

/// The verdict that was written, and why.
async fn verdict(scene: &Scene, store: &Store) -> (Verdict, String) {
    let health = kept(scene, store).await.unwrap().health;
    (health.verdict, health.reasons.join(" "))
}

/// What the timeline tells of the store's health.
async fn told(scene: &Scene, store: &Store) -> Vec<String> {
    let events = scene.events(store).await.into_iter();
    let changes = events.filter(|event| event.kind == EventKind::HealthChanged);
    changes.map(|event| event.message).collect()
}

/// Says of the pod of `workload` what its kubelet would.
async fn set_pod(scene: &Scene, store: &Store, workload: &str, status: Value) -> String {
    let api: Api<Pod> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    let name = pods(scene, store, workload).await.pop_first().unwrap();
    let patch = Patch::Strategic(json!({ "status": status }));
    api.patch_status(&name, &PatchParams::default(), &patch).await.unwrap();
    name
}

/// A container that was restarted so often, and ended last at `at`.
fn restarted(container: &str, ready: bool, restarts: u32, at: &str) -> Value {
    json!({
        "conditions": [{ "type": "Ready", "status": if ready { "True" } else { "False" } }],
        "containerStatuses": [{
            "name": container, "image": "i", "imageID": "", "ready": ready, "restartCount": restarts,
            "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled", "finishedAt": at } },
        }],
    })
}

/// Seconds since the epoch as Kubernetes writes an instant.
fn written(at: Timestamp) -> String {
    Timestamp::from_milliseconds(at.as_seconds() * 1000).unwrap().to_string().replace(".000Z", "Z")
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_made_is_healthy_and_what_it_is_made_of_is_told() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let mut watch = HealthWatch::new(&scene.runner);
    let report = pass(&mut watch).await;
    assert_eq!((report.seen.healthy, report.written), (1, 1), "{report:?} {:?}", kept(&scene, &store).await);

    let health = kept(&scene, &store).await.unwrap().health;
    let pods: Vec<_> =
        health.pods.iter().map(|pod| (pod.component.to_string(), pod.phase, pod.ready)).collect();
    let running = |name: &str| (name.to_owned(), PodPhase::Running, true);
    assert_eq!(pods, [running("mysql"), running("wordpress")]);
    assert!(health.pods.iter().all(|pod| pod.restarts == 0 && !pod.image.is_empty()));
    let volumes: Vec<_> = health.volumes.iter().map(|volume| (volume.name.as_str(), volume.phase)).collect();
    assert_eq!(volumes, [("mysql", VolumePhase::Bound), ("wordpress", VolumePhase::Bound)]);
    let of_pods = health.quota.iter().find(|quota| quota.resource == "pods").unwrap();
    assert_eq!((of_pods.used.as_deref(), of_pods.hard.as_str()), (Some("2"), "10"));
    assert_eq!(told(&scene, &store).await, Vec::<String>::new(), "that it is healthy is no news");
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_database_that_goes_down_and_comes_back_is_told_with_its_reason() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let mut watch = HealthWatch::new(&scene.runner);
    pass(&mut watch).await;
    let at = written(Timestamp::now());
    let name = set_pod(&scene, &store, "mysql", restarted("mysql", false, 4, &at)).await;
    pass(&mut watch).await;
    let why = format!(
        "No pod of mysql is ready: {name} is Running, and ended last with exit code 137 (OOMKilled)."
    );
    let (down, reasons) = verdict(&scene, &store).await;
    assert!(down == Verdict::Down && reasons.starts_with(&why), "{down} {reasons}");
    let health = kept(&scene, &store).await.unwrap().health;
    assert_eq!(health.pods[0].restarts, 4);
    assert_eq!(health.pods[0].last_exit.as_ref().unwrap().exit_code, 137);

    set_pod(&scene, &store, "mysql", restarted("mysql", true, 4, &at)).await;
    pass(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await.0, Verdict::Degraded, "it was restarted just now");
    // Ten minutes later.
    let later = Timestamp::now().plus(Duration::from_secs(600));
    pass_at(&mut watch, later).await;
    assert_eq!(verdict(&scene, &store).await, (Verdict::Healthy, String::new()));
    assert_eq!(kept(&scene, &store).await.unwrap().since, later);

    let changes: Vec<_> = told(&scene, &store).await;
    let changes: Vec<_> = changes.iter().map(|told| told.split_once('.').unwrap().0).collect();
    assert_eq!(
        changes,
        [
            "Its health went from Healthy to Down",
            "Its health went from Down to Degraded",
            "Its health went from Degraded to Healthy",
        ]
    );
    scene.delete(&store).await;
}

/// Leaves `count` pods of the database behind, as evictions of it do.
async fn evict(scene: &Scene, store: &Store, count: usize) {
    let namespace = store.id.namespace();
    // What is over does not count, but is still to be made.
    let quotas: Api<ResourceQuota> = Api::namespaced(scene.admin.clone(), &namespace);
    quotas.delete("store", &DeleteParams::background()).await.unwrap();
    let api: Api<Pod> = Api::namespaced(scene.admin.clone(), &namespace);
    let name = pods(scene, store, "mysql").await.pop_first().unwrap();
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
            api.create(&PostParams::default(), &pod).await.unwrap();
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
async fn hundreds_of_evicted_pods_are_told_of_once_and_keep_no_other_store_from_being_seen() {
    const EVICTED: usize = 600;
    let scene = Scene::new().await;
    let (store, other) = (ready(&scene).await, ready(&scene).await);
    evict(&scene, &store, EVICTED).await;
    let mut watch = HealthWatch::new(&scene.runner);
    let report = pass(&mut watch).await;
    assert_eq!((report.written, report.refused), (2, 0));
    assert_eq!(verdict(&scene, &other).await.0, Verdict::Healthy);
    let (verdict, reasons) = verdict(&scene, &store).await;
    assert_eq!(verdict, Verdict::Degraded, "{reasons}");
    let why = format!("{EVICTED} pods of mysql have failed and were replaced, the last at ");
    assert!(reasons.starts_with(&why) && reasons.ends_with(&format!(": {EVICTED} Evicted.")), "{reasons}");
    let health = kept(&scene, &store).await.unwrap().health;
    assert_eq!(health.pods.len() + usize::try_from(health.omitted.pods).unwrap(), EVICTED + 2);
    assert!(health.pods.iter().filter(|pod| pod.ready).count() == 2, "those that serve are among them");
    assert_eq!(pass(&mut watch).await.written, 0, "it is no news");
    // Ten minutes later they are still there, and no reason any more.
    pass_at(&mut watch, Timestamp::now().plus(Duration::from_secs(700))).await;
    assert_eq!(self::verdict(&scene, &store).await, (Verdict::Healthy, String::new()));
    scene.delete(&store).await;
    scene.delete(&other).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_somebody_deletes_or_puts_in_its_place_is_missed() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    let mut watch = HealthWatch::new(&scene.runner);
    pass(&mut watch).await;
    let namespaces: Api<Namespace> = Api::all(scene.admin.clone());
    namespaces.delete(&store.id.namespace(), &DeleteParams::background()).await.unwrap();
    pass(&mut watch).await;
    assert_eq!(verdict(&scene, &store).await.0, Verdict::Missing, "on its way out already");
    scene.eventually(async || scene.namespace(&store).await.is_none()).await;
    pass(&mut watch).await;
    let missing = (Verdict::Missing, "Its namespace is not in the cluster.".to_owned());
    assert_eq!(verdict(&scene, &store).await, missing);

    // One of the same name that another installation has made.
    scene.own_namespace(&Store { uid: Uuid::now_v7(), ..store.clone() }).await;
    let report = pass(&mut watch).await;
    assert_eq!((report.seen.missing, report.written), (1, 0));
    let told = told(&scene, &store).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Its health went from Healthy to Missing. Its namespace is "), "{told:?}");
    assert_eq!(scene.read(&store).await.state, store.state, "its status is an axis of its own");
    scene.discard(&store.id.namespace()).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_pass_that_finds_nothing_new_writes_its_own_item_and_no_other() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let scene = Scene::over(fixture, &[]).await;
    let stores = [ready(&scene).await, ready(&scene).await];
    let mut watch = HealthWatch::new(&scene.runner);
    assert_eq!(pass(&mut watch).await.written, 2);
    let before = [kept(&scene, &stores[0]).await, kept(&scene, &stores[1]).await];
    for _ in 0..3 {
        let (_, asked) = (meter.take(), scene.requests.load(Ordering::Relaxed));
        let now = Timestamp::now();
        let report = pass_at(&mut watch, now).await;
        assert_eq!((report.written, report.seen.healthy), (0, 2));
        assert_eq!(meter.take().write, 1.0, "that the pass has come to its end, and its lease");
        let asked = scene.requests.load(Ordering::Relaxed) - asked;
        assert_eq!(asked, report.effort.pages, "it asks the API server for nothing else");
        assert_eq!(scene.fixture.table.last_pass().await.unwrap().unwrap().observed, Some(now));
    }
    assert_eq!([kept(&scene, &stores[0]).await, kept(&scene, &stores[1]).await], before);
    for store in stores {
        scene.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn small_pages_make_the_same_of_it() {
    let scene = Scene::new().await;
    let stores = [ready(&scene).await, ready(&scene).await, ready(&scene).await];
    let mut whole = HealthWatch::new(&scene.runner);
    assert_eq!(pass(&mut whole).await.seen.healthy, 3);
    whole.give_back().await;
    let mut paged = HealthWatch::over(scene.runner.client.clone(), &scene.runner, 2);
    let report = pass(&mut paged).await;
    assert!(report.effort.pages > 4 + 2, "{report:?}");
    assert_eq!((report.seen.healthy, report.written), (3, 0));
    for store in stores {
        scene.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_pass_that_can_not_read_everything_writes_nothing() {
    let scene = Scene::new().await;
    let store = ready(&scene).await;
    // An API server that refuses to list namespaces: what is in them is seen.
    let lost = tower::util::MapRequestLayer::new(|mut request: http::Request<kube::client::Body>| {
        if request.uri().path() == "/api/v1/namespaces" {
            *request.uri_mut() = format!("{}&continue=nonsense", request.uri()).parse().unwrap();
        }
        request
    });
    let partly: Client = client_builder(access().await).unwrap().with_layer(&lost).build();
    let mut watch = HealthWatch::over(partly, &scene.runner, PAGE);
    let failed = watch.pass(Timestamp::now()).await;
    assert!(matches!(failed, Err(PassFailure::Cluster(kube::Error::Api(_)))), "{failed:?}");
    assert_eq!(kept(&scene, &store).await, None);
    assert_eq!(told(&scene, &store).await, Vec::<String>::new());
    assert_eq!(scene.fixture.table.last_pass().await.unwrap().unwrap().observed, None);

    scene.runner.metrics.health_passed(&failed, Duration::ZERO);
    let metrics = scene.runner.metrics.encode().unwrap();
    assert!(metrics.contains("shopwright_runner_health_passes_total{outcome=\"error\"} 1\n"), "{metrics}");
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_two_runners_one_makes_the_passes_and_the_other_takes_over_at_the_end_of_its_lease() {
    let scene = Scene::new().await;
    let other = Scene::over(scene.fixture.clone(), &[]).await;
    let store = ready(&scene).await;
    let (mut first, mut second) = (HealthWatch::new(&scene.runner), HealthWatch::new(&other.runner));
    let start = Timestamp::now();
    pass_at(&mut first, start).await;
    let asked = other.requests.load(Ordering::Relaxed);
    let Passed::Elsewhere(until) = second.pass(Timestamp::now()).await.unwrap() else { panic!("both do") };
    assert_eq!(
        other.requests.load(Ordering::Relaxed),
        asked,
        "who has not got the lease asks the cluster nothing"
    );
    let lease = scene.runner.limits.health_interval() + scene.runner.limits.lease();
    assert!(until >= start.plus(lease), "{until}");

    // The first one stands still until then.
    let report = pass_at(&mut second, until).await;
    assert_eq!((report.seen.healthy, report.written), (1, 0), "it knows from the table what was written");
    set_pod(&scene, &store, "wordpress", restarted("wordpress", false, 1, "2026-01-01T00:00:00Z")).await;
    let thawed = first.pass(Timestamp::now()).await;
    assert!(matches!(thawed, Err(PassFailure::Table(PassError::Lost))), "{thawed:?}");
    assert_eq!(verdict(&scene, &store).await.0, Verdict::Healthy, "it has written nothing");
    assert!(
        matches!(first.pass(until).await.unwrap(), Passed::Elsewhere(_)),
        "and takes no lease that is held"
    );

    pass_at(&mut second, until).await;
    assert_eq!(verdict(&scene, &store).await.0, Verdict::Down);
    second.give_back().await;
    let report = pass(&mut first).await;
    assert_eq!((report.seen.down, report.written), (1, 0), "it is no news, whoever looks");
    assert_eq!(told(&scene, &store).await.len(), 1);
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_deleted_is_none_to_look_at() {
    let scene = Scene::new().await;
    let (store, kept_up) = (ready(&scene).await, ready(&scene).await);
    let mut watch = HealthWatch::new(&scene.runner);
    assert_eq!(pass(&mut watch).await.seen.healthy, 2);
    let before = scene.events(&store).await.len();
    let deleting = scene.request_deletion(&store).await;
    let report = pass(&mut watch).await;
    assert_eq!((report.seen.healthy, report.seen.missing, report.written), (1, 0, 0));
    scene.drive(&deleting).await.unwrap();
    assert_eq!(pass(&mut watch).await.seen.missing, 0);
    assert!(scene.events(&store).await[before..].iter().all(|event| event.kind != EventKind::HealthChanged));
    scene.delete(&kept_up).await;
}

/// Passes answers on; but the first one only once `event` has come to its end.
fn behind<F>(
    event: impl Future<Output = ()> + Send + 'static,
) -> impl Fn(F) -> BoxFuture<'static, F::Output> + Clone
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    let event = Arc::new(Mutex::new(Some(event.boxed())));
    move |answer| {
        let event = event.lock().unwrap().take();
        Box::pin(async move {
            let answer = answer.await;
            if let Some(event) = event {
                event.await;
            }
            answer
        })
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_deleted_in_the_middle_of_a_pass_stays_deleted_and_is_not_counted() {
    let scene = Scene::new().await;
    let (store, kept_up) = (ready(&scene).await, ready(&scene).await);
    let deletion = {
        let (fixture, store) = (scene.fixture.clone(), store.clone());
        async move { fixture.delete(&store).await }
    };
    // The pass has read the table by then, and sees the namespace still.
    let layer = tower::util::MapFutureLayer::new(behind(deletion));
    let client = client_builder(access().await).unwrap().with_layer(&layer).build();
    let report = pass(&mut HealthWatch::over(client, &scene.runner, PAGE)).await;
    assert_eq!((report.seen.healthy, report.written), (1, 1), "the other one: {report:?}");
    assert_eq!(kept(&scene, &store).await, None);
    assert_eq!(scene.events(&store).await.last().unwrap().kind, EventKind::StoreDeleted);
    scene.discard(&store.id.namespace()).await;
    scene.delete(&kept_up).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_runner_at_work_makes_passes_counts_stores_and_lets_the_next_one_go_on() {
    let scene = Scene::with(&["--health-interval-seconds", "1"]).await;
    let store = ready(&scene).await;
    let shutdown = runner::shutdown::Shutdown::default();
    let running = tokio::spawn(runner::worker::work(scene.runner.clone(), shutdown.clone()));
    scene.eventually(async || kept(&scene, &store).await.is_some()).await;
    let healthy = "shopwright_stores{health=\"Healthy\"} 1\n";
    scene.eventually(async || scene.runner.metrics.encode().unwrap().contains(healthy)).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    let mut next = HealthWatch::new(&scene.runner);
    pass(&mut next).await;
    scene.delete(&store).await;
}

/// When the last pass began, once that is after `earlier`.
async fn passed_after(scene: &Scene, earlier: Timestamp) -> Timestamp {
    let observed = async || scene.fixture.table.last_pass().await.unwrap().and_then(|pass| pass.observed);
    scene.eventually(async || observed().await.is_some_and(|observed| observed > earlier)).await;
    observed().await.unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_passes_of_a_runner_that_was_killed_are_made_by_the_next_one() {
    let scene = Scene::new().await;
    let flags = ["--health-interval-seconds", "1", "--lease-seconds", "5"];
    let first = Process::start(&scene, &flags);
    passed_after(&scene, Timestamp::epoch()).await;
    let second = Process::start(&scene, &flags);
    first.signal(Signal::SIGKILL);
    first.ended().await;
    let killed = Timestamp::now();
    let taken = passed_after(&scene, killed).await;
    println!(
        "the passes were gone on with {} ms after the runner was killed",
        taken.since(killed).as_millis()
    );
    second.signal(Signal::SIGTERM);
    let (lines, ended_well) = second.ended().await;
    assert!(ended_well);
    assert!(lines.iter().any(|line| line["message"] == "this runner makes the health passes now"));
    // Nobody has to wait for its lease.
    let taken = scene.fixture.table.take_pass("next", Timestamp::now(), LONG, LONG).await.unwrap();
    assert!(matches!(taken, domain::table::PassTaken::Now(_)), "{taken:?}");
}
