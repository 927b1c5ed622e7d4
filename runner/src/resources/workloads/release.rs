//! What a store is made of, as its objects say, and how its shop comes to be made of something else.

use domain::{
    operation::logs::Component,
    store::release::{Release, image::Image},
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::PodTemplateSpec};
use serde_json::{Value, json};

use super::deployment::REPLICAS;

/// The release of the store with these objects: for one whose record does not have it. The Job of its setup may be
/// gone.
#[must_use]
pub fn release_of(shop: &Deployment, database: &Deployment, setup: Option<&Job>) -> Option<Release> {
    let of_deployment =
        |deployment: &Deployment, component| image_in(&deployment.spec.as_ref()?.template, component);
    let store = of_deployment(shop, Component::Wordpress)?;
    let database = of_deployment(database, Component::Mysql)?;
    let installer = setup.and_then(|job| image_in(&job.spec.as_ref()?.template, Component::Setup));
    let installed_by = installer.filter(|installer| *installer != store);
    Some(Release { installed_by, ..Release::of(store, database) })
}

/// The images of a pod's containers.
#[must_use]
pub fn images_of(template: &PodTemplateSpec) -> Option<Vec<String>> {
    let pod = template.spec.as_ref()?;
    let containers = pod.init_containers.iter().flatten().chain(&pod.containers);
    Some(containers.filter_map(|container| container.image.clone()).collect())
}

/// The merge patch that has the shop's Deployment run as `wanted` is; `None` where it does. Its pods become all that
/// they are made as today, since another image may need what they had not before; a mark of theirs stays.
#[must_use]
pub fn release_change(found: &Deployment, wanted: &Deployment) -> Option<Value> {
    let (found, wanted) = (found.spec.as_ref()?, wanted.spec.as_ref()?);
    let is_there =
        found.replicas == Some(REPLICAS) && images_of(&found.template) == images_of(&wanted.template);
    let change = || json!({ "replicas": REPLICAS, "template": { "spec": wanted.template.spec } });
    (!is_there).then(|| json!({ "spec": change() }))
}

/// The image of the container that is named after its component.
fn image_in(template: &PodTemplateSpec, component: Component) -> Option<Image> {
    let containers = &template.spec.as_ref()?.containers;
    let container = containers.iter().find(|container| container.name == component.as_str())?;
    Some(Image::from_record(container.image.clone()?))
}
