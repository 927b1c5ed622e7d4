//! A quota, and how much of it is used.

use domain::health::QuotaUse;
use serde::Deserialize;

use super::{Amounts, Metadata};

/// A `ResourceQuota`.
#[derive(Deserialize)]
pub(in crate::health) struct ListedQuota {
    pub(in crate::health) metadata: Metadata,
    #[serde(default)]
    spec: QuotaSpec,
    #[serde(default)]
    status: QuotaStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct QuotaSpec {
    hard: Amounts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct QuotaStatus {
    used: Amounts,
}

impl ListedQuota {
    pub(in crate::health) fn into_uses(self) -> Vec<QuotaUse> {
        let Self { metadata: _, spec, mut status } = self;
        let uses = spec.hard.into_iter();
        uses.map(|(resource, hard)| QuotaUse { used: status.used.remove(&resource), hard, resource })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quota_that_nobody_has_counted_yet_has_limits_without_uses() {
        let quota = json!({
            "metadata": json!({ "name": "quota" }), "spec": { "hard": { "pods": "10", "limits.cpu": "4" } },
            "status": { "used": { "pods": "2" } },
        });
        let uses = serde_json::from_value::<ListedQuota>(quota).unwrap().into_uses();
        let uses: Vec<_> = uses
            .iter()
            .map(|QuotaUse { resource, used, hard }| (resource.as_str(), used.as_deref(), hard.as_str()))
            .collect();
        assert_eq!(uses, [("limits.cpu", None, "4"), ("pods", Some("2"), "10")]);
    }
}
