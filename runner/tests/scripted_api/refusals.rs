//! Answers that may be others later, and answers that may not.

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use runner::{
    cluster::{ClusterError, Trouble},
    resources::STORE_UID,
};
use serde_json::{Value, json};

use crate::script::{
    Answer::{Json, Plain, Watch},
    CREATE,
    Chunk::{Event, Silence},
    Script, UID, deployment, status, wanted,
};

const NAMESPACE: &str = "GET /api/v1/namespaces/store-shop";

fn namespace(uid: &str, is_leaving: bool) -> Value {
    let deleted = is_leaving.then_some("2026-01-31T09:30:00Z");
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {
            "name": "store-shop", "uid": "u", "resourceVersion": "3", "deletionTimestamp": deleted,
            "labels": { STORE_UID: uid, "shopwright.dev/store": "shop" },
        },
    })
}

fn wanted_namespace() -> Namespace {
    serde_json::from_value(namespace(UID, false)).unwrap()
}

fn terminating() -> Value {
    status(403, "Forbidden", json!({ "causes": [{ "reason": "NamespaceTerminating", "message": "" }] }))
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_api_server_asks_for_is_kept_to_the_second() {
    let script = Script::new([
        (CREATE, Plain(429, "7")),
        (CREATE, Json(429, status(429, "TooManyRequests", json!({ "retryAfterSeconds": 3 })))),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    script.cluster().create(&wanted()).await.unwrap();
    let asked = script.asked();
    let pauses = [asked[1] - asked[0], asked[2] - asked[1]].map(|pause| pause.as_millis());
    // Tokio's timers have a granularity of a millisecond.
    assert!(pauses[0].abs_diff(7000) <= 1 && pauses[1].abs_diff(3000) <= 1, "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_may_heal_is_reported_and_one_about_what_is_just_new_is_not() {
    let mut unseen = status(403, "Forbidden", json!({}));
    unseen["message"] = json!("status unknown for quota: store");
    let script = Script::new([
        (CREATE, Json(403, unseen)),
        (CREATE, Json(503, status(503, "ServiceUnavailable", json!({})))),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    let cluster = script.cluster();
    let recorded = cluster.retried_next();
    let wanted = wanted();
    let (created, recorded) = tokio::join!(cluster.create(&wanted), recorded);
    created.unwrap();
    assert_eq!(recorded, "it is ServiceUnavailable");
    assert_eq!(cluster.trouble(), None, "it has healed");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_once_the_lease_may_be_another_runners() {
    let refusals = (0..100).map(|_| (CREATE, Json(503, status(503, "ServiceUnavailable", json!({})))));
    let script = Script::new(refusals);
    let cluster = script.cluster_under(Duration::from_secs(5));
    let start = tokio::time::Instant::now();
    let wanted = wanted();
    assert!(tokio::time::timeout(Duration::from_secs(600), cluster.create(&wanted)).await.is_err());
    let asked = script.asked();
    assert!(asked.len() > 2 && asked.iter().all(|at| *at < start + Duration::from_secs(5)), "{asked:?}");
    assert!(matches!(cluster.trouble(), Some(Trouble::Unreachable(_))));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_still_being_deleted_is_waited_for_and_then_made() {
    let stranger = "0198f2a0-0000-7000-8000-00000000ffff";
    let exists = status(409, "AlreadyExists", json!({}));
    let script = Script::new([
        ("POST /api/v1/namespaces", Json(409, exists)),
        (NAMESPACE, Json(200, namespace(stranger, true))),
        ("GET resourceVersion=3", Watch(vec![Event("DELETED", namespace(stranger, true)), Silence])),
        ("POST /api/v1/namespaces", Json(201, namespace(UID, false))),
    ]);
    script.cluster().create_namespace(&wanted_namespace()).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_conflict_tells_an_earlier_incarnation_of_the_store_from_a_stranger() {
    let earlier = "0198f2a0-0000-7000-8000-00000000ffff";
    let conflict = async |found: Value| {
        let script = Script::new([
            ("POST /api/v1/namespaces", Json(409, status(409, "AlreadyExists", json!({})))),
            (NAMESPACE, Json(200, found)),
        ]);
        match script.cluster().create_namespace(&wanted_namespace()).await {
            Err(ClusterError::Conflict { earlier, .. }) => earlier.map(|uid| uid.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(conflict(namespace(earlier, false)).await.as_deref(), Some(earlier));
    let mut another_store = namespace(earlier, false);
    another_store["metadata"]["labels"]["shopwright.dev/store"] = json!("other");
    assert_eq!(conflict(another_store).await, None);
    let mut unlabelled = namespace(earlier, false);
    unlabelled["metadata"]["labels"] = json!({});
    assert_eq!(conflict(unlabelled).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_object_whose_namespace_somebody_deletes_fails_at_once() {
    for gone in [Json(200, namespace(UID, true)), Json(404, status(404, "NotFound", json!({})))] {
        let script = Script::new([(CREATE, Json(403, terminating())), (NAMESPACE, gone)]);
        let created = script.cluster().create(&wanted()).await;
        assert!(matches!(created, Err(ClusterError::NamespaceGone { .. })), "{created:?}");
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_has_not_seen_the_new_namespace_yet_is_asked_again() {
    let script = Script::new([
        (CREATE, Json(403, terminating())),
        (NAMESPACE, Json(200, namespace(UID, false))),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    script.cluster().create(&wanted()).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_the_cluster_does_not_know_is_refused_at_once() {
    let unknown = status(404, "NotFound", json!({ "kind": "deployments" }));
    let script = Script::new([(CREATE, Json(404, unknown))]);
    let refused = script.cluster().create(&wanted()).await;
    assert!(matches!(refused, Err(ClusterError::Refused { verb: "create", .. })), "{refused:?}");
    script.is_over();
}

fn exceeded() -> Value {
    let mut exceeded = status(403, "Forbidden", json!({}));
    exceeded["message"] = json!("exceeded quota: store");
    exceeded
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_refuses_what_is_there_already_is_none_that_fails_the_store() {
    let script = Script::new([
        (CREATE, Json(403, exceeded())),
        ("GET /namespaces/store-shop/deployments/mysql", Json(200, deployment(5, false))),
    ]);
    script.cluster().create(&wanted()).await.unwrap();
    script.is_over();
    let script = Script::new([
        (CREATE, Json(403, exceeded())),
        ("GET /namespaces/store-shop/deployments/mysql", Json(404, status(404, "NotFound", json!({})))),
    ]);
    let refused = script.cluster().create(&wanted()).await;
    assert!(matches!(refused, Err(ClusterError::Quota { .. })), "{refused:?}");
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn where_an_earlier_attempt_was_the_rest_is_looked_for_before_a_quota_is_charged_again() {
    let script = Script::new([
        ("POST /api/v1/namespaces", Json(409, status(409, "AlreadyExists", json!({})))),
        (NAMESPACE, Json(200, namespace(UID, false))),
        ("GET /namespaces/store-shop/deployments/mysql", Json(200, deployment(5, false))),
    ]);
    let cluster = script.cluster();
    cluster.create_namespace(&wanted_namespace()).await.unwrap();
    cluster.create(&wanted()).await.unwrap();
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn what_came_late_for_an_earlier_store_of_the_name_makes_way() {
    let mut late = deployment(5, false);
    late["metadata"]["labels"] =
        json!({ STORE_UID: "0198f2a0-0000-7000-8000-00000000ffff", "shopwright.dev/store": "shop" });
    let mut wanted = wanted();
    wanted.metadata.labels.as_mut().unwrap().insert("shopwright.dev/store".into(), "shop".into());
    let found = || ("GET /namespaces/store-shop/deployments/mysql", Json(200, late.clone()));
    let script = Script::new([
        (CREATE, Json(409, status(409, "AlreadyExists", json!({})))),
        found(),
        found(),
        ("DELETE /namespaces/store-shop/deployments/mysql", Json(200, late.clone())),
        (CREATE, Json(201, deployment(6, false))),
    ]);
    script.cluster().create(&wanted).await.unwrap();
    script.is_over();
}
