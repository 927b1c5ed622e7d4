//! What a store may use of the cluster in all.

use k8s_openapi::{
    api::core::v1::{ResourceQuota, ResourceQuotaSpec},
    apimachinery::pkg::api::resource::Quantity,
};

use super::Blueprint;

pub(super) fn build(blueprint: &Blueprint) -> ResourceQuota {
    // Room for database, shop and setup job, and one more of each while they are replaced.
    let hard = [
        ("pods", "10"),
        ("persistentvolumeclaims", "4"),
        ("requests.cpu", "1"),
        ("requests.memory", "2Gi"),
        ("requests.storage", "20Gi"),
        ("limits.cpu", "4"),
        ("limits.memory", "4Gi"),
    ];
    ResourceQuota {
        metadata: blueprint.metadata("store", None),
        spec: Some(ResourceQuotaSpec {
            hard: Some(hard.map(|(name, amount)| (name.into(), Quantity(amount.into()))).into()),
            ..ResourceQuotaSpec::default()
        }),
        ..ResourceQuota::default()
    }
}
