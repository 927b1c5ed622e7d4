//! Secrets that external-secrets fetches. A test plays its part; what the runner may and asks is real.

use domain::{
    failure::FailureCode,
    status::{State, Status},
    step::Step,
    store::Store,
};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use runner::resources::{ExternalSecret, is_owned_by};
use serde_json::json;

use crate::scene::Scene;

const NAMES: [&str; 2] = ["mysql-credentials", "wordpress-credentials"];

fn secrets(scene: &Scene, store: &Store) -> Api<ExternalSecret> {
    Api::namespaced(scene.admin.clone(), &store.id.namespace())
}

/// Waits until the runner has asked for both secrets of `store`, and says of them what external-secrets would.
pub(crate) async fn answer(scene: &Scene, store: &Store, status: &str, message: &str) {
    let api = secrets(scene, store);
    for name in NAMES {
        let asked = |found: ExternalSecret| is_owned_by(&found, store.uid);
        scene.eventually(async || api.get_opt(name).await.unwrap().is_some_and(asked)).await;
    }
    let asking = |store: &Store| matches!(&store.state, State::Provisioning(p) if p.step.is_some());
    let State::Provisioning(provisioning) = scene.until(store, asking).await.state else {
        panic!("it does not wait")
    };
    assert_eq!(provisioning.step, Some(Step::CreateSecrets), "it waits for them");
    for name in NAMES {
        let condition = json!({ "type": "Ready", "status": status, "message": message });
        let status = Patch::Merge(json!({ "status": { "conditions": [condition] } }));
        api.patch_status(name, &PatchParams::default(), &status).await.unwrap();
    }
}

async fn generated(scene: &Scene, store: &Store) -> usize {
    let api: Api<Secret> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    api.list(&ListParams::default()).await.unwrap().items.len()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_waits_until_its_secrets_are_fetched_and_none_is_generated() {
    let scene = Scene::with(&["--secrets", "external"]).await;
    let store = scene.fixture.store().await;
    let (driven, ()) = tokio::join!(scene.drive(&store), answer(&scene, &store, "True", "secret synced"));
    driven.unwrap();
    assert_eq!(scene.state(&store).await.status(), Status::Ready);
    assert_eq!(generated(&scene, &store).await, 0);
    scene.delete(&store).await;
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn secrets_that_do_not_come_fail_the_store_at_its_deadline_in_the_words_of_external_secrets() {
    let flags = ["--secrets", "external", "--provision-deadline-seconds", "10", "--keep-failed"];
    let scene = Scene::with(&flags).await;
    let store = scene.fixture.store().await;
    let words = "could not get secret data from provider";
    let (driven, ()) = tokio::join!(scene.drive(&store), answer(&scene, &store, "False", words));
    driven.unwrap();
    let State::Failed(failed) = scene.state(&store).await else { panic!("{:?}", scene.state(&store).await) };
    assert_eq!(failed.failure.step, Step::CreateSecrets);
    assert_eq!(failed.failure.code, FailureCode::SecretsUnavailable);
    let told = format!("Secret mysql-credentials is not fetched: {words}");
    assert!(failed.failure.message.contains(&told), "{}", failed.failure.message);
    assert_eq!(generated(&scene, &store).await, 0);
    scene.delete(&store).await;
}
