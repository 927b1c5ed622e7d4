//! The Job that installs the shop into its database.
//!
//! It needs the image's code and the database, for which it waits by itself, not the web server or its
//! volume. The shop's pod waits for it, so one only ever serves an installed shop.

use domain::{operation::logs::Component, values::market::Market};
use k8s_openapi::api::{
    batch::v1::{Job, JobSpec},
    core::v1::{Container, PodSpec, PodTemplateSpec},
};
use kube::api::ObjectMeta;

use super::{
    container::{confined, mount, scratch, secret, value},
    deployment::{STORE_LOCALE, wordpress_environment, wordpress_pod},
};
use crate::resources::{
    blueprint::Blueprint,
    labels,
    secrets::{ADMIN_PASSWORD, ADMIN_USER, WORDPRESS_CREDENTIALS},
};

/// How often the job's pod is tried again. Each step of its script can be repeated.
const RETRIES: i32 = 3;

pub(in crate::resources) fn setup(blueprint: &Blueprint) -> Job {
    let component = Component::Setup;
    let mut environment = wordpress_environment(blueprint);
    environment.extend([
        value("SITE_TITLE", blueprint.name.as_str()),
        value("ADMIN_USER", ADMIN_USER),
        value("ADMIN_EMAIL", blueprint.admin_email.as_str()),
        secret("ADMIN_PASSWORD", WORDPRESS_CREDENTIALS, ADMIN_PASSWORD),
    ]);
    let Market { locale, country, currency } = &blueprint.market;
    environment.extend(locale.as_ref().map(|locale| value(STORE_LOCALE, locale.as_str())));
    environment.extend(country.as_ref().map(|country| value("STORE_COUNTRY", country.as_str())));
    environment.extend(currency.as_ref().map(|currency| value("STORE_CURRENCY", currency.as_str())));
    let container = Container {
        name: component.as_str().into(),
        image: Some(blueprint.release.installer().to_string()),
        command: Some(vec!["setup".into()]),
        env: Some(environment),
        volume_mounts: Some(vec![mount("tmp", "/tmp", None)]),
        ..Container::default()
    };
    Job {
        metadata: blueprint.metadata(component.as_str(), Some(component)),
        spec: Some(JobSpec {
            backoff_limit: Some(RETRIES),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(labels::of(&blueprint.id, blueprint.uid, Some(component))),
                    ..ObjectMeta::default()
                }),
                spec: Some(PodSpec {
                    containers: vec![confined(&blueprint.settings, container)],
                    restart_policy: Some("Never".into()),
                    volumes: Some(vec![scratch("tmp")]),
                    ..wordpress_pod(blueprint)
                }),
            },
            ..JobSpec::default()
        }),
        ..Job::default()
    }
}
