//! What a store may use of the cluster in all.

use k8s_openapi::{
    api::core::v1::{ResourceQuota, ResourceQuotaSpec},
    apimachinery::pkg::api::resource::Quantity,
};

use crate::resources::{blueprint::Blueprint, workloads::quantity};

pub(in crate::resources) fn build(blueprint: &Blueprint) -> ResourceQuota {
    let room = &blueprint.settings.room;
    // The store's own three pods and two volumes, what replaces them, and some that a person adds.
    let hard = [
        ("pods", Quantity("10".into())),
        ("persistentvolumeclaims", Quantity("4".into())),
        ("requests.cpu", quantity(&room.quota_cpu_requests)),
        ("requests.memory", quantity(&room.quota_memory_requests)),
        ("requests.storage", quantity(&room.quota_storage)),
        ("limits.cpu", quantity(&room.quota_cpu_limits)),
        ("limits.memory", quantity(&room.quota_memory_limits)),
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
