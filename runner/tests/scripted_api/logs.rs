//! Logs that are not there yet, that break off, and that nobody may be told.

use std::time::Duration;

use domain::{
    operation::logs::{Component, LogExcerpt, LogQuery},
    store::slug::Slug,
};
use runner::{cluster::ClusterError, resources::STORE_UID};
use serde_json::{Value, json};

use crate::script::{
    Answer::{self, Json, Log},
    Chunk::{Break, Silence, Text},
    Script, UID, status,
};

const PODS: &str = "GET /namespaces/store-shop/pods?";
const LOG: &str = "GET /namespaces/store-shop/pods/wordpress-1/log?";
const MYSQL_SECRET: &str = "GET /namespaces/store-shop/secrets/mysql-credentials";
const WORDPRESS_SECRET: &str = "GET /namespaces/store-shop/secrets/wordpress-credentials";

fn pods(spec: Value, status: Value) -> (&'static str, Answer) {
    let labels = json!({ STORE_UID: UID, "app.kubernetes.io/component": "wordpress" });
    let metadata = json!({ "name": "wordpress-1", "namespace": "store-shop", "labels": labels });
    let pod = json!({ "metadata": metadata, "spec": spec, "status": status });
    (PODS, Json(200, json!({ "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod] })))
}

fn running() -> (&'static str, Answer) {
    pods(json!({ "nodeName": "n", "containers": [] }), json!({}))
}

/// Both Secrets, of which one has the value `hunter22`.
fn secrets() -> [(&'static str, Answer); 2] {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s", "labels": { STORE_UID: UID } },
        "data": { "password": "aHVudGVyMjI=" },
    });
    [(MYSQL_SECRET, Json(200, secret.clone())), (WORDPRESS_SECRET, Json(200, secret))]
}

async fn read(script: &Script) -> Result<LogExcerpt, ClusterError> {
    let query = LogQuery::of(Component::Wordpress);
    script.cluster().log(&Slug::parse("shop").unwrap(), &query, LogExcerpt::MAX_BYTES).await
}

fn texts(excerpt: &LogExcerpt) -> Vec<&str> {
    excerpt.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_log_that_breaks_off_or_falls_silent_is_read_again_from_its_beginning() {
    let script = Script::new(
        [
            running(),
            (LOG, Log(vec![Text("2026-01-31T09:30:00Z one\n2026-01-31T09:30:01Z hunt"), Break])),
            (LOG, Log(vec![Text("2026-01-31T09:30:00Z one\n"), Silence])),
            (LOG, Log(vec![Text("2026-01-31T09:30:00Z one\n2026-01-31T09:30:01Z hun"), Text("ter22\n")])),
        ]
        .into_iter()
        .chain(secrets()),
    );
    let excerpt = read(&script).await.unwrap();
    assert_eq!(texts(&excerpt), ["one", "…"]);
    script.is_over();
    let asked = script.asked();
    assert!(asked[3] - asked[2] < Duration::from_secs(60), "silence has an end");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_has_not_begun_is_reported_in_the_kubelets_words() {
    let mut waiting = status(400, "BadRequest", json!({}));
    waiting["message"] =
        json!("container \"wordpress\" in pod \"wordpress-1\" is waiting to start: PodInitializing");
    let script = Script::new([running(), (LOG, Json(400, waiting))]);
    let none = read(&script).await.unwrap_err();
    assert!(matches!(none, ClusterError::NoLog { .. }), "{none}");
    assert!(none.to_string().ends_with("is waiting to start: PodInitializing"), "{none}");
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_no_node_has_taken_or_that_is_gone_by_now_has_no_log() {
    let script = Script::new([pods(json!({ "containers": [] }), json!({}))]);
    let none = read(&script).await.unwrap_err();
    assert!(none.to_string().ends_with("no node has taken the pod yet"), "{none}");
    script.is_over();

    let gone = status(404, "NotFound", json!({ "kind": "pods" }));
    let script = Script::new([running(), (LOG, Json(404, gone))]);
    let none = read(&script).await.unwrap_err();
    assert!(matches!(none, ClusterError::Vanished { .. }), "{none}");
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn what_keeps_a_container_from_its_beginning_is_read_in_its_place() {
    let seed = |state: Value, last: Value| {
        json!({ "initContainerStatuses": [{
            "name": "seed", "image": "", "imageID": "", "ready": false, "restartCount": 1,
            "state": state, "lastState": last,
        }] })
    };
    let ended = |code: u8| json!({ "terminated": { "exitCode": code } });
    let waiting = json!({ "waiting": { "reason": "CrashLoopBackOff" } });
    for (status, container) in [
        (seed(ended(0), json!({})), "container=wordpress"),
        (seed(json!({ "waiting": { "reason": "PodInitializing" } }), json!({})), "container=wordpress"),
        (seed(json!({ "running": {} }), json!({})), "container=seed"),
        (seed(ended(1), json!({})), "container=seed"),
        (seed(waiting, ended(1)), "container=seed"),
    ] {
        let log = match container {
            "container=seed" => "GET log?&container=seed",
            _ => "GET log?&container=wordpress",
        };
        let turns = [pods(json!({ "nodeName": "n", "containers": [] }), status), (log, Log(vec![]))];
        let script = Script::new(turns.into_iter().chain(secrets()));
        let excerpt = read(&script).await.unwrap();
        assert!(container.ends_with(&excerpt.container), "{excerpt:?}");
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_secrets_may_not_be_read_nothing_is_reported() {
    let refused = status(403, "Forbidden", json!({}));
    let [(first, secret), _] = secrets();
    let script = Script::new([
        running(),
        (LOG, Log(vec![Text("2026-01-31T09:30:00Z the password is hunter22\n")])),
        (first, secret),
        (WORDPRESS_SECRET, Json(403, refused)),
    ]);
    let error = read(&script).await.unwrap_err();
    assert!(matches!(error, ClusterError::Refused { .. }), "{error}");
    script.is_over();
}
