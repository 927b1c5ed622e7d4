//! What a store may use of the cluster in all.

use k8s_openapi::{
    api::core::v1::{ResourceQuota, ResourceQuotaSpec},
    apimachinery::pkg::api::resource::Quantity,
};

use crate::resources::{blueprint::Blueprint, workloads::quantity};

pub(in crate::resources) fn build(blueprint: &Blueprint) -> ResourceQuota {
    let limits = &blueprint.settings.resources;
    // The store's own three pods and two volumes, what replaces them, and some that a person adds.
    let hard = [
        ("pods", Quantity("10".into())),
        ("persistentvolumeclaims", Quantity("4".into())),
        ("requests.cpu", quantity(&limits.quota_cpu_requests)),
        ("requests.memory", quantity(&limits.quota_memory_requests)),
        ("requests.storage", quantity(&limits.quota_storage)),
        ("limits.cpu", quantity(&limits.quota_cpu_limits)),
        ("limits.memory", quantity(&limits.quota_memory_limits)),
    ];
    ResourceQuota {
        metadata: blueprint.metadata("store", None),
        spec: Some(ResourceQuotaSpec {
            hard: Some(hard.map(|(name, amount)| (name.into(), amount)).into()),
            ..ResourceQuotaSpec::default()
        }),
        ..ResourceQuota::default()
    }
}
