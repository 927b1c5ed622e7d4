//! What a store is made of, as its objects say.

use domain::{
    operation::logs::Component,
    store::release::{Release, image::Image},
};
use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::PodTemplateSpec};

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

/// The image of the container that is named after its component.
fn image_in(template: &PodTemplateSpec, component: Component) -> Option<Image> {
    let containers = &template.spec.as_ref()?.containers;
    let container = containers.iter().find(|container| container.name == component.as_str())?;
    Some(Image::from_record(container.image.clone()?))
}
