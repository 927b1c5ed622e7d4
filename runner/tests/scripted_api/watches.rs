//! Watches that end, break, expire and fall silent.

use std::time::Duration;

use runner::cluster::{ClusterError, available};
use serde_json::{Value, json};

use crate::script::{
    Answer::{Json, Watch},
    Chunk::{Break, Event, Silence},
    Script, deployment, status, wanted,
};

/// Creates the Deployment and waits for its pod, as a step does.
async fn make(script: &Script) -> Result<(), ClusterError> {
    let cluster = script.cluster();
    let created = cluster.create(&wanted()).await?;
    cluster.wait_for(created, available).await
}

const CREATE: &str = "POST /namespaces/store-shop/deployments";
const READ: &str = "GET /namespaces/store-shop/deployments/mysql";

fn expired() -> Value {
    status(410, "Expired", json!({}))
}

#[tokio::test(start_paused = true)]
async fn a_watch_begins_at_the_version_that_the_create_returned() {
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET resourceVersion=5", Watch(vec![Event("MODIFIED", deployment(6, true)), Silence])),
    ]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn what_is_ready_when_it_is_created_is_not_watched() {
    let script = Script::new([(CREATE, Json(201, deployment(5, true)))]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_or_breaks_goes_on_from_what_it_saw_last() {
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET resourceVersion=5", Watch(vec![Event("MODIFIED", deployment(7, false)), Break])),
        ("GET resourceVersion=7", Watch(vec![])),
        ("GET resourceVersion=7", Watch(vec![Event("MODIFIED", deployment(9, true)), Silence])),
    ]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_bookmark_moves_the_place_from_which_a_watch_goes_on() {
    let bookmark = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "resourceVersion": "80" },
    });
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET allowWatchBookmarks=true", Watch(vec![Event("BOOKMARK", bookmark)])),
        ("GET resourceVersion=80", Watch(vec![Event("MODIFIED", deployment(81, true)), Silence])),
    ]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_gone_is_read_anew_whether_the_answer_or_an_event_says_so() {
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET resourceVersion=5", Json(410, expired())),
        (READ, Json(200, deployment(20, false))),
        ("GET resourceVersion=20", Watch(vec![Event("ERROR", expired()), Silence])),
        (READ, Json(200, deployment(30, true))),
    ]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_watch_on_which_nothing_comes_any_more_is_opened_again() {
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET timeoutSeconds=60", Watch(vec![Silence])),
        ("GET resourceVersion=5", Watch(vec![Event("MODIFIED", deployment(6, true)), Silence])),
    ]);
    Box::pin(make(&script)).await.unwrap();
    script.is_over();
    let asked = script.asked();
    let silent = asked[2] - asked[1];
    assert!(silent >= Duration::from_secs(60) && silent < Duration::from_secs(70), "{silent:?}");
}

#[tokio::test(start_paused = true)]
async fn what_went_away_while_nobody_watched_is_reported() {
    let script = Script::new([
        (CREATE, Json(201, deployment(5, false))),
        ("GET resourceVersion=5", Json(410, expired())),
        (READ, Json(404, status(404, "NotFound", json!({})))),
    ]);
    let ended = Box::pin(make(&script)).await;
    assert!(matches!(ended, Err(ClusterError::Vanished { .. })), "{ended:?}");
    script.is_over();
}
