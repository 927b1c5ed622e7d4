//! What is in a store's namespace before its runner comes.

use std::time::Duration;

use domain::store::Store;
use k8s_openapi::api::{
    core::v1::{Namespace, Pod, ResourceQuota},
    networking::v1::NetworkPolicy,
};
use kube::{
    Api,
    api::{ObjectMeta, PostParams},
};
use runner::resources::STORE_UID;
use serde_json::json;

use crate::environment::Environment;

/// The pod of a database that is there before its store is made.
pub(crate) const EXISTING_POD: &str = "mysql-of-before";

impl Environment {
    /// Makes the store's namespace, with an object in it that the runner would make and that is not
    /// this store's.
    pub(crate) async fn create_foreign_object_for(&self, store: &Store) {
        self.make_namespace_of(store).await;
        let metadata = ObjectMeta { name: Some("default-deny".into()), ..ObjectMeta::default() };
        let policy = NetworkPolicy { metadata, ..NetworkPolicy::default() };
        let policies: Api<NetworkPolicy> = Api::namespaced(self.shared.admin.clone(), &store.id.namespace());
        policies.create(&PostParams::default(), &policy).await.unwrap();
    }

    /// Makes the store's namespace, in which one pod of its database runs, and lets no other in.
    pub(crate) async fn refuse_pods_of(&self, store: &Store) {
        self.make_namespace_of(store).await;
        let (admin, namespace) = (&self.shared.admin, store.id.namespace());
        let pods: Api<Pod> = Api::namespaced(admin.clone(), &namespace);
        let labels = json!({ STORE_UID: store.uid, "app.kubernetes.io/component": "mysql" });
        let pod = json!({
            "metadata": { "name": EXISTING_POD, "labels": labels },
            "spec": { "containers": [{ "name": "mysql", "image": "mysql" }] },
        });
        let pod: Pod = serde_json::from_value(pod).unwrap();
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        // A pod needs an account, which a namespace gets once a controller has seen it.
        while pods.create(&PostParams::default(), &pod).await.is_err() {
            ticks.tick().await;
        }
        let has_node = |pod: &Pod| pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        while !has_node(&pods.get(EXISTING_POD).await.unwrap()) {
            ticks.tick().await;
        }
        let quota = json!({ "metadata": { "name": "no-pods" }, "spec": { "hard": { "pods": "0" } } });
        let quotas: Api<ResourceQuota> = Api::namespaced(admin.clone(), &namespace);
        quotas.create(&PostParams::default(), &serde_json::from_value(quota).unwrap()).await.unwrap();
        // Admission holds what its status says, which a controller writes.
        let is_held =
            |quota: &ResourceQuota| quota.status.as_ref().is_some_and(|status| status.hard.is_some());
        while !is_held(&quotas.get("no-pods").await.unwrap()) {
            ticks.tick().await;
        }
    }

    async fn make_namespace_of(&self, store: &Store) {
        let labels = [(STORE_UID.to_owned(), store.uid.to_string())];
        let name = Some(store.id.namespace());
        let metadata = ObjectMeta { name, labels: Some(labels.into()), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        Api::all(self.shared.admin.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    }
}
