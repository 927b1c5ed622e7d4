//! Answers that may be others later, and answers that may not.

use std::time::Duration;

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace};
use runner::{
    cluster::{ClusterError, Trouble},
    resources::STORE_UID,
};
use serde_json::{Value, json};

use crate::script::{
    Answer,
    Answer::{Json, Plain, Watch},
    Chunk::{Event, Silence},
    Script, UID, deployment, status, wanted,
};

const CREATE: &str = "POST /namespaces/store-shop/deployments";
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
async fn an_answer_that_may_heal_is_told_of_and_one_about_what_is_just_new_is_not() {
    let mut unseen = status(403, "Forbidden", json!({}));
    unseen["message"] = json!("status unknown for quota: store");
    let script = Script::new([
        (CREATE, Json(403, unseen)),
        (CREATE, Json(503, status(503, "ServiceUnavailable", json!({})))),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    let cluster = script.cluster();
    let told = cluster.retried_next();
    let wanted = wanted();
    let (created, told) = tokio::join!(cluster.create(&wanted), told);
    created.unwrap();
    assert_eq!(told, "it is ServiceUnavailable");
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

const MYSQL: &str = "GET /namespaces/store-shop/deployments/mysql";
const PATCH: &str = "PATCH /namespaces/store-shop/deployments/mysql";
const DELETE: &str = "DELETE /namespaces/store-shop/deployments/mysql";

/// Somebody else changed the object, or the namespace's quota, at the same time.
fn met(message: &str) -> Answer {
    let mut conflict = status(409, "Conflict", json!({}));
    conflict["message"] = json!(message);
    Json(409, conflict)
}

const QUOTA_CHANGED: &str =
    "Operation cannot be fulfilled on resourcequotas \"store\": the object has been modified";
const CHANGED: &str =
    "Operation cannot be fulfilled on deployments.apps \"mysql\": the object has been modified";

#[tokio::test(start_paused = true)]
async fn a_create_that_meets_another_change_of_the_quota_is_sent_again_and_that_is_no_news() {
    let script = Script::new([
        (CREATE, met(QUOTA_CHANGED)),
        (CREATE, met(QUOTA_CHANGED)),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    let cluster = script.cluster();
    let mut told = std::pin::pin!(cluster.retried_next());
    cluster.create(&wanted()).await.unwrap();
    script.is_over();
    assert_eq!(cluster.trouble(), None);
    assert!(futures_util::poll!(&mut told).is_pending(), "two changes may meet");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_lasts_is_told_and_is_no_absent_cluster() {
    let script = Script::new((0..1000).map(|_| (CREATE, met(QUOTA_CHANGED))));
    let cluster = script.cluster();
    let told = cluster.retried_next();
    let wanted = wanted();
    let created = tokio::time::timeout(Duration::from_secs(300), cluster.create(&wanted));
    let (created, told) = tokio::join!(created, told);
    assert!(created.is_err(), "{created:?}");
    assert_eq!(told, QUOTA_CHANGED);
    assert_eq!(cluster.trouble(), Some(Trouble::Refused(QUOTA_CHANGED.into())));
    assert!(script.asked().len() < 100, "it waits between two tries");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_meets_another_one_is_decided_anew_on_what_is_there_then() {
    let script = Script::new([
        (MYSQL, Json(200, deployment(5, false))),
        (PATCH, met(CHANGED)),
        (MYSQL, Json(200, deployment(6, true))),
    ]);
    let cluster = script.cluster();
    // Somebody else did what was wanted.
    let change = |found: &Deployment| {
        let available = found.status.as_ref().and_then(|status| status.available_replicas);
        (available != Some(1)).then(|| json!({ "spec": { "paused": true } }))
    };
    let patched = cluster.patched::<Deployment>("store-shop", "mysql", change).await.unwrap();
    assert_eq!(patched.metadata.resource_version.as_deref(), Some("6"));
    script.is_over();

    let script = Script::new(
        (0..1000).flat_map(|_| [(MYSQL, Json(200, deployment(5, false))), (PATCH, met(CHANGED))]),
    );
    let cluster = script.cluster();
    let patched = cluster.patched::<Deployment>("store-shop", "mysql", change);
    assert!(tokio::time::timeout(Duration::from_secs(300), patched).await.is_err());
    assert_eq!(cluster.trouble(), Some(Trouble::Refused(CHANGED.into())));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_meets_another_change_is_sent_again_for_the_very_same_object_only() {
    let list = || {
        let mut object = deployment(5, false);
        object["metadata"]["labels"] = json!({ STORE_UID: UID });
        let list = json!({
            "apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": {}, "items": [object],
        });
        ("GET /namespaces/store-shop/deployments?", Json(200, list))
    };
    let mut other = deployment(9, false);
    other["metadata"]["uid"] = json!("another");
    let mut leaving = deployment(9, false);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-31T09:30:00Z");
    for (conflict, found, again) in [
        (CHANGED, Json(200, deployment(6, false)), true),
        ("the UID in the precondition does not match the UID in record", Json(200, other), false),
        (CHANGED, Json(200, leaving), false),
        (CHANGED, Json(404, status(404, "NotFound", json!({}))), false),
    ] {
        let deleted = || (DELETE, Json(200, deployment(6, false)));
        let turns = [list(), (DELETE, met(conflict)), (MYSQL, found)];
        let script = Script::new(turns.into_iter().chain(again.then(deleted)));
        script.cluster().delete_all::<Deployment>("store-shop").await.unwrap();
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_replaced_is_not_taken_for_the_new_one_when_its_deletion_meets_another_change() {
    let script = Script::new([
        (DELETE, met(CHANGED)),
        (MYSQL, Json(200, deployment(6, false))),
        (
            DELETE,
            Json(200, json!({ "kind": "Status", "apiVersion": "v1", "status": "Success", "metadata": {} })),
        ),
        (CREATE, Json(201, deployment(7, false))),
    ]);
    let old: Deployment = serde_json::from_value(deployment(5, false)).unwrap();
    let new = script.cluster().replace(&old, &wanted()).await.unwrap();
    assert_eq!(new.metadata.resource_version.as_deref(), Some("7"));
    script.is_over();
}

#[tokio::test(start_paused = true)]
async fn an_object_that_comes_and_goes_is_not_asked_for_without_a_pause() {
    let exists = || (CREATE, Json(409, status(409, "AlreadyExists", json!({}))));
    let gone = || (MYSQL, Json(404, status(404, "NotFound", json!({}))));
    let rounds = (0..20).flat_map(|_| [exists(), gone()]);
    let script = Script::new(rounds.chain([(CREATE, Json(201, deployment(5, false)))]));
    let start = tokio::time::Instant::now();
    script.cluster().create(&wanted()).await.unwrap();
    script.is_over();
    assert!(start.elapsed() > Duration::from_secs(20), "{:?}", start.elapsed());
}

fn refused_with(code: u16, reason: &str, message: &str) -> Answer {
    let mut refused = status(code, reason, json!({}));
    refused["message"] = json!(message);
    Json(code, refused)
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_fails_is_waited_for_and_named() {
    let message = "Internal error occurred: failed calling webhook \"guard.example\": failed to call webhook: \
                   Post \"https://guard.example\": dial tcp: connect: connection refused";
    let script = Script::new([
        (CREATE, refused_with(500, "InternalError", message)),
        (CREATE, Json(201, deployment(5, false))),
    ]);
    script.cluster().create(&wanted()).await.unwrap();
    script.is_over();

    let script = Script::new((0..1000).map(|_| (CREATE, refused_with(500, "InternalError", message))));
    let cluster = script.cluster();
    let wanted = wanted();
    assert!(tokio::time::timeout(Duration::from_secs(300), cluster.create(&wanted)).await.is_err());
    let named = Trouble::Admission { webhook: "guard.example".into(), reason: message.into() };
    assert_eq!(cluster.trouble(), Some(named));
}

#[tokio::test(start_paused = true)]
async fn what_admission_denies_is_refused_at_once_whatever_the_code() {
    let webhook = "admission webhook \"guard.example\" denied the request: not here";
    let policy = "deployments.apps \"mysql\" is forbidden: ValidatingAdmissionPolicy 'guard' with binding 'all' \
                  denied request: not here";
    for (code, reason, said) in [
        (403, "Forbidden", webhook),
        (400, "BadRequest", webhook),
        (409, "Conflict", webhook),
        (409, "AlreadyExists", webhook),
        (422, "Invalid", policy),
        (403, "Forbidden", policy),
    ] {
        let script = Script::new([(CREATE, refused_with(code, reason, said))]);
        let refused = script.cluster().create(&wanted()).await;
        let Err(ClusterError::Refused { message, .. }) = refused else { panic!("{code}: {refused:?}") };
        assert!(message.contains("guard"), "{message}");
        script.is_over();
    }
}

#[tokio::test(start_paused = true)]
async fn every_verb_is_tried_again_where_the_api_server_could_not_decide() {
    for (code, reason, message) in [
        (409, "Conflict", CHANGED),
        (408, "", ""),
        (410, "Expired", "the resource version is too old"),
        (429, "TooManyRequests", "storage is (re)initializing"),
        (500, "InternalError", "etcdserver: leader changed"),
        (500, "ServerTimeout", "the request could not be completed at this time"),
        (502, "", "bad gateway"),
        (504, "Timeout", "request did not complete within requested timeout"),
    ] {
        let list = json!({ "apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": {}, "items": [] });
        let failed = || refused_with(code, reason, message);
        let script = Script::new([
            (CREATE, failed()),
            (CREATE, Json(201, deployment(5, false))),
            (MYSQL, failed()),
            (MYSQL, Json(200, deployment(5, false))),
            ("GET /namespaces/store-shop/deployments?", failed()),
            ("GET /namespaces/store-shop/deployments?", Json(200, list)),
        ]);
        let cluster = script.cluster();
        cluster.create(&wanted()).await.unwrap();
        cluster.owned::<Deployment>("store-shop", "mysql").await.unwrap();
        cluster.delete_all::<Deployment>("store-shop").await.unwrap();
        script.is_over();
    }
}
