//! Webhooks of the cluster's admission that fail, and fail closed.

use domain::{
    provisioning::{event::EventKind, failure::FailureCode, step::Step},
    store::{
        Store,
        state::{Failed, State},
    },
};
use k8s_openapi::api::{
    admissionregistration::v1::ValidatingWebhookConfiguration, networking::v1::NetworkPolicy,
};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use serde_json::json;

use crate::support::harness::Harness;

/// Has the API server ask a webhook before it lets a network policy into the namespace of `store`, and into no
/// other; nobody answers there. Waits until it does.
async fn guard(harness: &Harness, store: &Store) -> String {
    harness.own_namespace(store).await;
    let namespace = store.id.namespace();
    let name = format!("guard.{namespace}.example");
    let guard = json!({
        "metadata": { "name": name },
        "webhooks": [{
            "name": name,
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 1,
            // The port for what is thrown away: nobody listens.
            "clientConfig": { "url": "https://127.0.0.1:9/" },
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
            "rules": [{
                "apiGroups": ["networking.k8s.io"],
                "apiVersions": ["v1"],
                "operations": ["CREATE"],
                "resources": ["networkpolicies"],
            }],
        }],
    });
    let guards = guards(harness);
    guards.create(&PostParams::default(), &serde_json::from_value(guard).unwrap()).await.unwrap();
    let policies: Api<NetworkPolicy> = Api::namespaced(harness.admin.clone(), &namespace);
    let policy = harness.resources(store).network_policies.remove(0);
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    harness.eventually(async || policies.create(&dry, &policy).await.is_err()).await;
    name
}

fn guards(harness: &Harness) -> Api<ValidatingWebhookConfiguration> {
    Api::all(harness.admin.clone())
}

async fn dismiss(harness: &Harness, guard: &str) {
    guards(harness).delete(guard, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_webhook_that_does_not_answer_fails_the_store_at_its_deadline_by_its_name() {
    let harness = Harness::with(&["--provision-deadline-seconds", "4"]).await;
    let store = harness.fixture.store().await;
    let guard = guard(&harness, &store).await;
    harness.drive(&store).await.unwrap();
    let state = harness.state(&store).await;
    dismiss(&harness, &guard).await;
    let State::Failed(Failed { failure, .. }) = state else { panic!("it is {state:?}") };
    assert_eq!(
        (failure.step, failure.code),
        (Step::CreateNetworkPolicies, FailureCode::AdmissionUnavailable)
    );
    assert!(failure.message.contains(&format!("webhook {guard}")), "{}", failure.message);
    assert!(failure.message.contains("remove the webhook's configuration"), "{}", failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_webhook_that_comes_back_costs_a_store_nothing_but_time() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let guard = guard(&harness, &store).await;
    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        let retries = async || {
            harness.events(&store).await.iter().any(|event| {
                event.kind == EventKind::StepRetrying && event.message.contains("failed calling webhook")
            })
        };
        harness.eventually(retries).await;
        dismiss(&harness, &guard).await;
    });
    driven.unwrap();
    harness.assert_ready(&store).await;
    harness.delete(&store).await;
}
