//! What others do to a runner: to its stores' objects, to its slots, and to its queue.

use std::{sync::Arc, time::Duration};

use domain::{
    provisioning::{
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    queue::job::Job,
    store::{Store, state::State, status::Status},
};
use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    core::v1::{ConfigMap, Namespace},
};
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use runner::{resources::STORE_UID, worker, worker::shutdown::Shutdown};
use serde_json::json;
use testkit::wait;

use crate::support::harness::Harness;

async fn failure(harness: &Harness, store: &Store) -> domain::provisioning::failure::Failure {
    let state = harness.state(store).await;
    let State::Failed(failed) = state else { panic!("it is {state:?}") };
    failed.failure
}

async fn send(harness: &Harness, store: &Store) {
    harness.fixture.queue.send(&Job::of(store).unwrap(), None).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_is_stuck_takes_its_slot_and_no_other() {
    let harness = Harness::with(&["--slots", "2"]).await;
    let stuck = harness.fixture.store().await;
    harness.own_namespace(&stuck).await;
    let maps: Api<ConfigMap> = Api::namespaced(harness.admin.clone(), &stuck.id.namespace());
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/not-yet"] } });
    maps.create(&PostParams::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
    let shutdown = Shutdown::default();
    let running = tokio::spawn(worker::run(Arc::clone(&harness.runner), shutdown.clone()));
    send(&harness, &harness.request_deletion(&stuck).await).await;
    harness.until(&stuck, |store| store.attempts > 0).await;

    let others = [harness.fixture.store().await, harness.fixture.store().await];
    for store in &others {
        send(&harness, store).await;
    }
    for store in &others {
        harness.until(store, |store| store.state.status() == Status::Ready).await;
    }
    assert_eq!(harness.state(&stuck).await.status(), Status::Deleting, "it is still stuck");

    let free = json!({ "metadata": { "finalizers": null } });
    maps.patch("held", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    harness.until(&stuck, |store| store.state.status() == Status::Deleted).await;
    shutdown.drain.cancel();
    running.await.unwrap();
    for store in &others {
        harness.delete(store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_namespace_that_somebody_deletes_in_the_middle_fails_the_store() {
    let harness = Harness::with(&["--storage-class", "there-is-none"]).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), async {
        let waits =
            |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step == Some(Step::WaitMysql));
        harness.until(&store, waits).await;
        let namespaces: Api<Namespace> = Api::all(harness.admin.clone());
        namespaces.delete(&store.id.namespace(), &DeleteParams::default()).await.unwrap();
    });
    driven.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.code, failure.cleanup), (FailureCode::ObjectDeleted, Cleanup::Done));
    assert!(failure.message.contains("was deleted while it was waited for"), "{}", failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn pods_that_an_admission_policy_refuses_fail_the_store_in_the_words_of_the_policy() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    let name = format!("no-pods-{}", store.id);
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(harness.admin.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(harness.admin.clone());
    let policy = json!({
        "metadata": { "name": name },
        "spec": {
            "matchConstraints": { "resourceRules": [{
                "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"],
            }] },
            "validations": [{ "expression": "false", "message": "no pods on a Sunday" }],
        },
    });
    let labels = json!({ "matchLabels": { STORE_UID: store.uid } });
    let binding = json!({
        "metadata": { "name": name },
        "spec": {
            "policyName": name, "validationActions": ["Deny"],
            "matchResources": { "namespaceSelector": labels },
        },
    });
    policies.create(&PostParams::default(), &serde_json::from_value(policy).unwrap()).await.unwrap();
    bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await.unwrap();
    // A policy is not in force at once: until it is, the API server lets the pod in.
    harness.own_namespace(&store).await;
    let pods: Api<k8s_openapi::api::core::v1::Pod> =
        Api::namespaced(harness.admin.clone(), &store.id.namespace());
    let probe = json!({
        "metadata": { "name": "probe" },
        "spec": {
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "probe", "image": "probe",
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
            }],
        },
    });
    let probe = serde_json::from_value(probe).unwrap();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    let in_force = async || match pods.create(&dry, &probe).await {
        Err(kube::Error::Api(status)) => status.message.contains("no pods on a Sunday"),
        Ok(_) | Err(_) => false,
    };
    wait::until_within(Duration::from_secs(60), "the policy comes into force", in_force).await;

    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    policies.delete(&name, &DeleteParams::default()).await.unwrap();
    bindings.delete(&name, &DeleteParams::default()).await.unwrap();
    assert_eq!((failure.step, failure.code), (Step::WaitMysql, FailureCode::PodRefused));
    assert!(failure.message.contains("no pods on a Sunday"), "{}", failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_object_that_the_quota_does_not_admit_fails_the_store_at_once() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    harness.own_namespace(&store).await;
    harness.refuse(&store, "services", "no-services").await;
    harness.drive(&store).await.unwrap();
    let failure = failure(&harness, &store).await;
    assert_eq!((failure.step, failure.code), (Step::DeployMysql, FailureCode::QuotaExceeded));
    assert!(failure.message.contains("exceeded quota: no-services"), "{}", failure.message);
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn messages_that_are_no_jobs_of_this_version_become_dead_letters_and_block_nothing() {
    let harness = Harness::new().await;
    let bodies = ["hello", r#"{"version":99,"store":"x"}"#, r#"{"version":1,"store":"my-shop"}"#];
    let sqs = &harness.fixture.clients.sqs;
    for body in bodies {
        let send = sqs.send_message().queue_url(harness.fixture.queue.url()).message_body(body);
        send.send().await.unwrap();
    }
    let store = harness.fixture.store().await;
    send(&harness, &store).await;
    let shutdown = Shutdown::default();
    let running = tokio::spawn(worker::run(Arc::clone(&harness.runner), shutdown.clone()));
    harness.until(&store, |store| store.state.status() == Status::Ready).await;

    let mut dead = Vec::new();
    let buried = async {
        while dead.len() < bodies.len() {
            let receive = sqs.receive_message().queue_url(harness.fixture.queue.dead_letter_url());
            let received = receive.wait_time_seconds(5).max_number_of_messages(10).send().await.unwrap();
            dead.extend(received.messages.unwrap_or_default().into_iter().filter_map(|message| message.body));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), buried).await.expect("they become dead letters");
    dead.sort_unstable();
    let mut expected = bodies.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(dead, expected, "each is there whole, and once");
    let metrics = harness.runner.metrics.encode().unwrap();
    for (reason, count) in [("malformed", 2), ("version", 1)] {
        let line = format!("shopwright_runner_invalid_messages_total{{reason=\"{reason}\"}} {count}\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
    shutdown.drain.cancel();
    running.await.unwrap();
    harness.delete(&store).await;
}
