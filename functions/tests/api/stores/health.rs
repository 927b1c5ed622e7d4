//! How a store does in the cluster, as callers see it.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    health::{
        Assessment, AssessmentCounts, Health, HealthChange, LastExit, Omitted, Pod, PodPhase, QuotaUse,
        Volume, VolumePhase,
    },
    lease::HealthSweepClaim,
    operation::Workload,
    store::{Store, counts::StoreCounts},
    table::HealthSweepLease,
};
use serde_json::{Value, json};

use crate::api::{Api, assert_problem};

const INTERVAL: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_secs(600);

async fn show(api: &Api, store: &Store) -> Value {
    let answer = api.get(&format!("/v1/stores/{}/health", store.id)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// A runner that makes the passes.
async fn watch(api: &Api) -> HealthSweepClaim {
    let taken = api.fixture.table.claim_health_sweep("runner", api.now(), LEASE, INTERVAL).await.unwrap();
    let HealthSweepLease::Claimed(claim) = taken else { panic!("{taken:?}") };
    claim
}

/// What a runner writes of a pass in which it saw this of `store`.
async fn pass(api: &Api, claim: &HealthSweepClaim, store: &Store, health: Health) {
    let (table, now) = (&api.fixture.table, api.now());
    let before = table.health(&store.id, store.uid).await.unwrap();
    let change = HealthChange::between(before.as_ref(), health, (&store.id, store.uid, &store.owner), now);
    table.record_health(claim, change.as_slice()).await.unwrap();
    table
        .end_health_sweep(
            claim,
            now,
            (&AssessmentCounts::default(), &StoreCounts::default()),
            now.plus(LEASE),
        )
        .await
        .unwrap();
}

fn health(api: &Api, assessment: Assessment, reasons: &[&str]) -> Health {
    let exit = LastExit { exit_code: 137, reason: Some("OOMKilled".into()), at: Some(api.now()) };
    Health {
        assessment,
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        pods: vec![Pod {
            name: "mysql-1".into(),
            component: Workload::Mysql,
            phase: PodPhase::Running,
            ready: false,
            terminating: false,
            reason: Some("CrashLoopBackOff".into()),
            restarts: 3,
            last_exit: Some(exit),
            ended_at: None,
            created_at: api.now(),
            image: "mysql:8".into(),
        }],
        volumes: vec![Volume {
            name: "mysql".into(),
            component: Workload::Mysql,
            size: "5Gi".into(),
            phase: VolumePhase::Bound,
            terminating: false,
        }],
        quota: vec![QuotaUse { resource: "pods".into(), used: Some("2".into()), hard: "10".into() }],
        page_failure: None,
        mail: None,
        omitted: Omitted::default(),
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_stores_health_is_reported_whole_beside_its_status() {
    let api = Api::new().await;
    let (store, claim) = (api.fixture.ready_store().await, watch(&api).await);
    pass(&api, &claim, &store, health(&api, Assessment::Down, &["There is no pod of wordpress."])).await;
    let seen = json!(api.now());
    assert_eq!(
        show(&api, &store).await,
        json!({
            "status": "Down", "reasons": ["There is no pod of wordpress."], "since": seen, "observedAt": seen,
            "pods": [{
                "name": "mysql-1", "component": "mysql", "phase": "Running", "ready": false, "leaving": false,
                "reason": "CrashLoopBackOff", "restarts": 3,
                "lastExit": { "exitCode": 137, "reason": "OOMKilled", "at": seen },
                "createdAt": seen, "image": "mysql:8",
            }],
            "volumes": [{
                "name": "mysql", "component": "mysql", "size": "5Gi", "phase": "Bound", "leaving": false,
            }],
            "quota": [{ "resource": "pods", "used": "2", "hard": "10" }],
        })
    );
    let record = api.get(&format!("/v1/stores/{}", store.id)).await;
    assert_eq!(record.body["status"], "Ready", "that it is down is no matter of its status");
    let events = api.get(&format!("/v1/stores/{}/events", store.id)).await;
    assert_eq!(events.body["items"][0]["kind"], "health_changed");
    let message = "Its health went from Healthy to Down. There is no pod of wordpress.";
    assert_eq!(events.body["items"][0]["message"], message);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_three_passes_have_not_seen_is_unknown_until_the_next_one() {
    let api = Api::new().await;
    let (store, claim) = (api.fixture.ready_store().await, watch(&api).await);
    pass(&api, &claim, &store, health(&api, Assessment::Healthy, &[])).await;
    let seen = api.now();
    api.pass(3 * INTERVAL);
    assert_eq!(show(&api, &store).await["status"], "Healthy");
    api.pass(Duration::from_millis(1));
    let unknown = show(&api, &store).await;
    assert_eq!((&unknown["status"], &unknown["since"]), (&json!("Unknown"), &Value::Null));
    assert_eq!(unknown["observedAt"], json!(seen));
    assert_eq!(unknown["pods"][0]["name"], "mysql-1", "what was seen last is shown");

    pass(&api, &claim, &store, health(&api, Assessment::Healthy, &[])).await;
    let again = show(&api, &store).await;
    assert_eq!((&again["status"], &again["observedAt"]), (&json!("Healthy"), &json!(api.now())));
    assert_eq!(again["since"], json!(seen), "it was written then, and nothing since");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_a_store_that_is_not_up_no_health_is_reported_and_of_one_that_is_gone_nothing() {
    let api = Api::new().await;
    let claim = watch(&api).await;
    let (made, store) = (api.fixture.store().await, api.fixture.ready_store().await);
    let unknown = show(&api, &made).await;
    assert_eq!(unknown["status"], "Unknown");
    let reason = "The store is Provisioning; health is known of stores that are Ready.";
    assert_eq!(unknown["reasons"], json!([reason]));
    assert_eq!(show(&api, &store).await["reasons"], json!(["No pass has seen the store yet."]));

    pass(&api, &claim, &store, health(&api, Assessment::Missing, &["Its namespace is not in the cluster."]))
        .await;
    api.fixture.request_deletion(&store).await;
    let deleting = show(&api, &store).await;
    assert_eq!((&deleting["status"], &deleting["pods"]), (&json!("Unknown"), &json!([])));
    api.fixture.delete(&store).await;
    let answer = api.get(&format!("/v1/stores/{}/health", store.id)).await;
    assert_problem(&answer, StatusCode::NOT_FOUND, "no-such-store");
    // A later store of the name has a health of its own.
    let next = api.fixture.create(&testkit::fixture::named_store(store.name.as_str(), "ada")).await;
    assert_eq!(show(&api, &next).await["pods"], json!([]));
}
