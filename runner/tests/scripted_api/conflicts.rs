//! Changes that meet other ones of the same object, or of its namespace's quota.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use runner::{cluster::Trouble, resources::STORE_UID};
use serde_json::json;

use crate::script::{
    Answer::{self, Json},
    CREATE, Script, UID, deployment, refused_with, status, wanted,
};

const MYSQL: &str = "GET /namespaces/store-shop/deployments/mysql";
const PATCH: &str = "PATCH /namespaces/store-shop/deployments/mysql";
const DELETE: &str = "DELETE /namespaces/store-shop/deployments/mysql";

/// Somebody else changed the object, or the namespace's quota, at the same time.
fn met(message: &str) -> Answer {
    refused_with(409, "Conflict", message)
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
    let mut recorded = std::pin::pin!(cluster.retried_next());
    cluster.create(&wanted()).await.unwrap();
    script.is_over();
    assert_eq!(cluster.trouble(), None);
    assert!(futures_util::poll!(&mut recorded).is_pending(), "two changes may meet");
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_lasts_is_reported_and_is_no_absent_cluster() {
    let script = Script::new((0..1000).map(|_| (CREATE, met(QUOTA_CHANGED))));
    let cluster = script.cluster();
    let recorded = cluster.retried_next();
    let wanted = wanted();
    let created = tokio::time::timeout(Duration::from_secs(300), cluster.create(&wanted));
    let (created, recorded) = tokio::join!(created, recorded);
    assert!(created.is_err(), "{created:?}");
    assert_eq!(recorded, QUOTA_CHANGED);
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
