//! What one container of a store may use, and gets when it does not say.

use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem, LimitRangeSpec};

use crate::resources::{
    blueprint::Blueprint,
    workloads::{limits, requests},
};

pub(in crate::resources) fn build(blueprint: &Blueprint) -> LimitRange {
    let resources = &blueprint.settings.resources;
    let per_container = LimitRangeItem {
        type_: "Container".into(),
        default_request: Some(requests(resources)),
        default: Some(limits(resources)),
        // What is no part of a store does not get more than what is.
        max: Some(limits(resources)),
        ..LimitRangeItem::default()
    };
    LimitRange {
        metadata: blueprint.metadata("store", None),
        spec: Some(LimitRangeSpec { limits: vec![per_container] }),
    }
}
