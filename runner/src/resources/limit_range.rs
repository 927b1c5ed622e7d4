//! What one container of a store may use, and gets when it does not say.

use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem, LimitRangeSpec};

use super::{Blueprint, container::quantities};

pub(super) fn build(blueprint: &Blueprint) -> LimitRange {
    let per_container = LimitRangeItem {
        type_: "Container".into(),
        default_request: Some(quantities("50m", "128Mi")),
        default: Some(quantities("500m", "512Mi")),
        max: Some(quantities("2", "1Gi")),
        ..LimitRangeItem::default()
    };
    LimitRange {
        metadata: blueprint.metadata("store", None),
        spec: Some(LimitRangeSpec { limits: vec![per_container] }),
    }
}
