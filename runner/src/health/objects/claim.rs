//! A volume claim, and what its health is made of.

use domain::health::{Volume, VolumePhase};
use serde::Deserialize;

use super::{Amounts, Metadata};

/// A `PersistentVolumeClaim`.
#[derive(Deserialize)]
pub(in crate::health) struct ListedClaim {
    pub(in crate::health) metadata: Metadata,
    #[serde(default)]
    spec: ClaimSpec,
    #[serde(default)]
    status: ClaimStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimSpec {
    resources: ClaimResources,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimResources {
    requests: Amounts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ClaimStatus {
    phase: Option<String>,
    capacity: Amounts,
}

impl ListedClaim {
    /// The volume, unless it belongs to neither shop nor database.
    pub(in crate::health) fn into_volume(self) -> Option<Volume> {
        let Self { metadata, mut spec, mut status } = self;
        let size = status.capacity.remove("storage").or_else(|| spec.resources.requests.remove("storage"));
        Some(Volume {
            component: metadata.workload()?,
            size: size.unwrap_or_default(),
            // One that no controller has seen has no phase.
            phase: status.phase.as_ref().and_then(|phase| phase.parse().ok()).unwrap_or(VolumePhase::Pending),
            terminating: metadata.is_terminating(),
            name: metadata.name,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_claim_has_the_size_that_it_got_and_until_then_the_one_it_asks_for() {
        let claim = |status: Value| {
            let spec = json!({ "resources": { "requests": { "storage": "5Gi" } } });
            let claim = json!({ "metadata": json!({ "name": "mysql", "labels": { "app.kubernetes.io/component": "mysql" } }), "spec": spec, "status": status });
            let volume = serde_json::from_value::<ListedClaim>(claim).unwrap().into_volume().unwrap();
            (volume.size, volume.phase)
        };
        assert_eq!(claim(json!({})), ("5Gi".into(), VolumePhase::Pending));
        let bound = json!({ "phase": "Bound", "capacity": { "storage": "8Gi" } });
        assert_eq!(claim(bound), ("8Gi".into(), VolumePhase::Bound));
        assert_eq!(claim(json!({ "phase": "Lost" })).1, VolumePhase::Lost);
    }
}
