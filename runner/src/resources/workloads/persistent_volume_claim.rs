//! The volumes of database and shop.

use domain::operation::logs::Component;
use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements,
};

use super::container::quantity;
use crate::resources::blueprint::Blueprint;

pub(in crate::resources) fn build(blueprint: &Blueprint, component: Component) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".into()]),
            storage_class_name: Some(blueprint.settings.resources.storage_class.clone()),
            resources: Some(VolumeResourceRequirements {
                requests: Some(
                    [("storage".into(), quantity(&blueprint.settings.resources.volume_size))].into(),
                ),
                ..VolumeResourceRequirements::default()
            }),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    }
}
