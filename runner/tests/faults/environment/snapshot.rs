//! A store's objects as they are in the cluster, made comparable from store to store.

use std::collections::BTreeMap;

use domain::store::Store;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, ResourceExt as _, api::DynamicObject};
use serde_json::Value;

use crate::store_objects::store_objects;

/// What operations mark, and what the cluster counts of that: scenarios check these by themselves.
const SET_BY_OPERATIONS: [&str; 3] =
    ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/restartedAt", "shopwright.dev/operation"];

/// The objects of a store in a form that is the same for all stores, each by its kind and name.
pub(crate) type NormalizedObjects = BTreeMap<String, Value>;

/// Everything of a store's kinds in its namespace.
pub(crate) struct Snapshot {
    store: Store,
    namespace: Option<Namespace>,
    objects: BTreeMap<String, DynamicObject>,
}

impl Snapshot {
    pub(crate) async fn of(admin: &Client, store: &Store) -> Self {
        let name = store.id.namespace();
        let namespace = Api::all(admin.clone()).get_opt(&name).await.unwrap();
        let listed = store_objects(admin, &name).await.into_iter();
        let objects =
            listed.map(|(kind, object)| (format!("{kind} {}", object.name_any()), object)).collect();
        Self { store: store.clone(), namespace, objects }
    }

    /// What a person would call the same on every store: kinds, names, labels and specs, with what is
    /// particular to one store, or filled in by the cluster, left out. Of a Secret, the keys.
    pub(crate) fn normalized(&self) -> NormalizedObjects {
        let namespace = self.namespace.iter().map(|namespace| {
            let object = serde_json::to_value(namespace).unwrap();
            ("Namespace".to_owned(), self.same_for_all(object, ""))
        });
        let objects = self.objects.iter().map(|(name, object)| {
            let uid = object.uid().unwrap_or_default();
            (name.clone(), self.same_for_all(serde_json::to_value(object).unwrap(), &uid))
        });
        namespace.chain(objects).collect()
    }

    /// Which object of each name it is, and of which version. The quota's status follows what is
    /// used, and a Deployment's and a claim's come and go with what is behind them.
    pub(crate) fn identities(&self) -> BTreeMap<String, (Option<String>, Option<i64>)> {
        let identity = |object: &DynamicObject| (object.uid(), object.metadata.generation);
        let mut identities: BTreeMap<_, _> =
            self.objects.iter().map(|(name, object)| (name.clone(), identity(object))).collect();
        if let Some(namespace) = &self.namespace {
            identities.insert("Namespace".into(), (namespace.uid(), None));
        }
        identities
    }

    pub(crate) fn has_namespace(&self) -> bool {
        self.namespace.is_some()
    }

    fn same_for_all(&self, mut object: Value, uid: &str) -> Value {
        let metadata = object["metadata"].as_object_mut().unwrap();
        for set_by_the_cluster in
            ["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"]
        {
            metadata.remove(set_by_the_cluster);
        }
        let of_claim = object["spec"].get("accessModes").is_some();
        if of_claim {
            object["metadata"].as_object_mut().unwrap().remove("annotations");
        }
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            for set_by_the_cluster in ["clusterIP", "clusterIPs", "volumeName"] {
                spec.remove(set_by_the_cluster);
            }
        }
        for annotated in ["/spec/template/metadata", "/metadata"] {
            let Some(metadata) = object.pointer_mut(annotated).and_then(Value::as_object_mut) else {
                continue;
            };
            let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else {
                continue;
            };
            annotations.retain(|name, _| !SET_BY_OPERATIONS.contains(&name.as_str()));
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
        object.as_object_mut().unwrap().remove("status");
        if let Some(data) = object.get_mut("data").and_then(Value::as_object_mut) {
            data.values_mut().for_each(|value| *value = Value::Null);
        }
        let text = object.to_string();
        let text =
            text.replace(self.store.id.as_str(), "<store>").replace(&self.store.uid.to_string(), "<uid>");
        let text = text.replace(self.store.name.as_str(), "<name>");
        let text = if uid.is_empty() { text } else { text.replace(uid, "<object>") };
        serde_json::from_str(&text).unwrap()
    }
}

/// Where the objects found differ from the expected ones.
pub(crate) fn difference(expected: &NormalizedObjects, found: &NormalizedObjects) -> Option<String> {
    let names = expected.keys().chain(found.keys());
    let differing = names.filter(|name| expected.get(*name) != found.get(*name));
    let differences: Vec<_> = differing
        .map(|name| format!("{name}: {:?} in place of {:?}", found.get(name), expected.get(name)))
        .collect();
    (!differences.is_empty()).then(|| differences.join("; "))
}
