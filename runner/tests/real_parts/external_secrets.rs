//! Secrets that external-secrets fetches. A test plays its part; what the runner may and asks is real.

use domain::{
    failure::FailureCode,
    status::{State, Status},
    step::Step,
    store::Store,
};
use k8s_openapi::api::{
    core::v1::Secret,
    rbac::v1::{Role, RoleBinding},
};
use kube::{
    Api, Resource,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use runner::{cluster::Object, resources::ExternalSecret};
use serde_json::{Value, json};

use crate::scene::Scene;

const NAMES: [&str; 2] = ["mysql-credentials", "wordpress-credentials"];

/// A store in whose namespace its runner has the rights that the chart gives it for external secrets.
async fn store_with_rights(scene: &Scene) -> Store {
    let store = scene.fixture.store().await;
    scene.own_namespace(&store).await;
    let rule = json!({
        "apiGroups": ["external-secrets.io"], "resources": ["externalsecrets"],
        "verbs": ["create", "delete", "get", "watch"],
    });
    put::<Role>(scene, &store, json!({ "metadata": { "name": "runner" }, "rules": [rule] })).await;
    let binding = json!({
        "metadata": { "name": "runner" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "runner" },
        "subjects": [{ "kind": "ServiceAccount", "name": "runner", "namespace": "shopwright-system" }],
    });
    put::<RoleBinding>(scene, &store, binding).await;
    store
}

async fn put<K>(scene: &Scene, store: &Store, object: Value)
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()> + Object,
{
    let api: Api<K> = Api::namespaced(scene.admin.clone(), &store.id.namespace());
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
}

fn secrets(scene: &Scene, store: &Store) -> Api<ExternalSecret> {
    Api::namespaced(scene.admin.clone(), &store.id.namespace())
}

/// Waits until the runner has asked for both secrets, and says of them what external-secrets would.
async fn answer(scene: &Scene, store: &Store, status: &str, message: &str) {
    let api = secrets(scene, store);
    for name in NAMES {
        scene.eventually(async || api.get_opt(name).await.unwrap().is_some()).await;
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
    let store = store_with_rights(&scene).await;
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
    let store = store_with_rights(&scene).await;
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
