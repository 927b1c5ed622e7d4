//! The namespace, with the Pod Security standard that it enforces.

use k8s_openapi::api::core::v1::Namespace;
use kube::api::ObjectMeta;

use crate::resources::{blueprint::Blueprint, labels};

/// The standard's rules as of this version of Kubernetes, so that an upgrade of the cluster does
/// not change what is admitted.
const POD_SECURITY_VERSION: &str = "v1.34";

pub(in crate::resources) fn build(blueprint: &Blueprint) -> Namespace {
    let mut labels = labels::of(&blueprint.id, blueprint.uid, None);
    for mode in ["enforce", "audit", "warn"] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".into());
        labels.insert(format!("pod-security.kubernetes.io/{mode}-version"), POD_SECURITY_VERSION.into());
    }
    Namespace {
        metadata: ObjectMeta {
            name: Some(blueprint.id.namespace()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    }
}
