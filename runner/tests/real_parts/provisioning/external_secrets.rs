//! Secrets that external-secrets fetches. A test plays its part; what the runner may and asks is real.

use std::collections::BTreeMap;

use domain::{
    provisioning::{failure::FailureCode, step::Step},
    store::{Store, state::State},
};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use runner::resources::{ExternalSecret, is_owned_by};
use serde_json::json;

use crate::support::harness::Harness;

const NAMES: [&str; 2] = ["mysql-credentials", "wordpress-credentials"];

fn secrets(harness: &Harness, store: &Store) -> Api<ExternalSecret> {
    Api::namespaced(harness.admin.clone(), &store.id.namespace())
}

/// The keys of what it makes, each with the same value.
fn values(value: &str) -> Vec<(&'static str, String)> {
    let keys =
        ["password", "root-password", "admin-password", "AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY"];
    let more = ["NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT"];
    keys.into_iter().chain(more).map(|key| (key, value.to_owned())).collect()
}

/// Waits until the runner has asked for both secrets of `store`, and fetches them as external-secrets would.
pub(crate) async fn fetch(harness: &Harness, store: &Store) {
    Box::pin(fetch_these(harness, store, values("As-it-lies-outside"))).await;
}

/// The same with these values.
async fn fetch_these(harness: &Harness, store: &Store, values: Vec<(&str, String)>) {
    let namespace = store.id.namespace();
    let secrets: Api<Secret> = Api::namespaced(harness.admin.clone(), &namespace);
    harness.eventually(async || harness.namespace(store).await.is_some()).await;
    for name in NAMES {
        let secret = json!({ "metadata": { "name": name }, "stringData": values.iter().cloned().collect::<BTreeMap<_, _>>() });
        secrets.create(&PostParams::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();
    }
    Box::pin(answer(harness, store, "True", "secret synced")).await;
}

/// Waits until the runner has asked for both secrets of `store`, and says of them what external-secrets would.
async fn answer(harness: &Harness, store: &Store, status: &str, message: &str) {
    let api = secrets(harness, store);
    for name in NAMES {
        let asked = |found: ExternalSecret| is_owned_by(&found, store.uid);
        harness.eventually(async || api.get_opt(name).await.unwrap().is_some_and(asked)).await;
    }
    let asking = |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step.is_some());
    let State::Provisioning(provisioning) = harness.until(store, asking).await.state else {
        panic!("it does not wait")
    };
    assert_eq!(provisioning.step, Some(Step::CreateSecrets), "it waits for them");
    for name in NAMES {
        let condition = json!({ "type": "Ready", "status": status, "message": message });
        let status = Patch::Merge(json!({ "status": { "conditions": [condition] } }));
        api.patch_status(name, &PatchParams::default(), &status).await.unwrap();
    }
}

/// How many Secrets are there.
async fn there(harness: &Harness, store: &Store) -> usize {
    let api: Api<Secret> = Api::namespaced(harness.admin.clone(), &store.id.namespace());
    api.list(&ListParams::default()).await.unwrap().items.len()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_waits_until_its_secrets_are_fetched_and_none_is_generated() {
    let harness = Harness::with(&["--secrets", "external"]).await;
    let store = harness.fixture.store().await;
    let (driven, ()) = tokio::join!(harness.drive(&store), fetch(&harness, &store));
    driven.unwrap();
    harness.assert_ready(&store).await;
    assert_eq!(there(&harness, &store).await, NAMES.len(), "the two that were fetched");
    harness.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn values_that_nobody_could_log_in_with_fail_the_store_by_their_key_before_anything_is_set_up() {
    for (secret, key, value) in [
        ("wordpress-credentials", "admin-password", "open'sesame"),
        ("wordpress-credentials", "admin-password", "open\"sesame"),
        ("mysql-credentials", "password", "open\\sesame"),
        ("mysql-credentials", "root-password", "opensesame\n"),
        ("wordpress-credentials", "admin-password", ""),
    ] {
        let harness = Harness::with(&["--secrets", "external", "--keep-failed"]).await;
        let store = harness.fixture.store().await;
        let mut given = values("As-it-lies-outside");
        given.iter_mut().find(|(name, _)| *name == key).unwrap().1 = value.into();
        let (driven, ()) = tokio::join!(harness.drive(&store), fetch_these(&harness, &store, given));
        driven.unwrap();
        let state = harness.state(&store).await;
        let State::Failed(failed) = state else { panic!("{value:?}: {state:?}") };
        let failure = failed.failure;
        assert_eq!((failure.step, failure.code), (Step::CreateSecrets, FailureCode::SecretsUnavailable));
        assert!(failure.message.contains(&format!("{secret} failed: its key {key} ")), "{}", failure.message);
        assert!(!failure.message.contains("sesame"), "{}", failure.message);
        let kinds = harness.objects(&store).await.into_iter().map(|object| object.types.unwrap().kind);
        assert!(!kinds.into_iter().any(|kind| kind == "Deployment"), "nothing is set up");
        harness.delete(&store).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn secrets_that_do_not_come_fail_the_store_at_its_deadline_in_the_words_of_external_secrets() {
    let flags = ["--secrets", "external", "--provision-deadline-seconds", "10", "--keep-failed"];
    let harness = Harness::with(&flags).await;
    let store = harness.fixture.store().await;
    let words = "could not get secret data from provider";
    let (driven, ()) = tokio::join!(harness.drive(&store), answer(&harness, &store, "False", words));
    driven.unwrap();
    let State::Failed(failed) = harness.state(&store).await else {
        panic!("{:?}", harness.state(&store).await)
    };
    assert_eq!(failed.failure.step, Step::CreateSecrets);
    assert_eq!(failed.failure.code, FailureCode::SecretsUnavailable);
    let recorded = format!("Secret mysql-credentials is not fetched: {words}");
    assert!(failed.failure.message.contains(&recorded), "{}", failed.failure.message);
    assert_eq!(there(&harness, &store).await, 0);
    harness.delete(&store).await;
}
