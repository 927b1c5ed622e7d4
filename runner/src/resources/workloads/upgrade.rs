//! The Job that brings a shop's database up to another image, while nothing of the shop serves.
//!
//! - It is the *operation's own*: its name has the operation's id, so that an operation which is carried out twice has one.
//! - It is made *suspended*, and let run by a change of the very version that was seen. No condition can be sent with a
//!   create, so one that is carried out late makes a Job that does nothing.
//! - Its pods count as those of the *setup*: they run the same code in the same places, and the network policies of
//!   stores that were made before there were upgrades know them.
//! - It belongs to the *shop's Deployment*, and goes with it. It stays for a day, with its pods and what they said.

use domain::operation::logs::Component;
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        batch::v1::{
            Job, JobSpec, PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule,
        },
        core::v1::{Container, PodSpec, PodTemplateSpec},
    },
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{ResourceExt as _, api::ObjectMeta};
use uuid::Uuid;

use super::{
    container::{claimed, confined, mount, scratch},
    deployment::{seed, shop_environment, wordpress_pod},
};
use crate::resources::{blueprint::Blueprint, labels};

/// The script's name, with which the Job's begins.
const UPGRADE: &str = "upgrade";

/// How often a pod is tried again that was killed. What its script says is final.
const RETRIES: i32 = 3;
/// With which codes the script says how it failed: before anything was changed, after, and of a newer database.
const SAID: [i32; 3] = [1, 3, 4];
/// How long the Job stays once it has ended, in seconds.
const KEPT_SECONDS: i32 = 24 * 3600;

/// The name of the Job of `operation`.
#[must_use]
pub fn upgrade_job_name(operation: Uuid) -> String {
    format!("{UPGRADE}-{operation}")
}

pub(in crate::resources) fn build(blueprint: &Blueprint, operation: Uuid, shop: &Deployment) -> Job {
    let component = Component::Setup;
    let name = upgrade_job_name(operation);
    let container = Container {
        // As of each component, so that its log is found.
        name: component.as_str().into(),
        image: Some(blueprint.release.store.to_string()),
        command: Some(vec![UPGRADE.into()]),
        env: Some(shop_environment(blueprint)),
        volume_mounts: Some(vec![
            mount("content", "/var/www/html/wp-content", Some("wp-content")),
            mount("tmp", "/tmp", None),
        ]),
        ..Container::default()
    };
    let settings = &blueprint.settings;
    let pod = PodSpec {
        // The link to WooCommerce leads to the image's.
        init_containers: Some(vec![confined(settings, seed(blueprint))]),
        containers: vec![confined(settings, container)],
        restart_policy: Some("Never".into()),
        volumes: Some(vec![claimed("content", Component::Wordpress.as_str()), scratch("tmp")]),
        ..wordpress_pod(blueprint)
    };
    let owner = OwnerReference {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        name: shop.name_any(),
        uid: shop.uid().unwrap_or_default(),
        ..OwnerReference::default()
    };
    Job {
        metadata: ObjectMeta {
            owner_references: Some(vec![owner]),
            ..blueprint.metadata(&name, Some(component))
        },
        spec: Some(JobSpec {
            suspend: Some(true),
            backoff_limit: Some(RETRIES),
            pod_failure_policy: Some(PodFailurePolicy { rules: vec![final_words()] }),
            ttl_seconds_after_finished: Some(KEPT_SECONDS),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    labels: Some(labels::of(&blueprint.id, blueprint.uid, Some(component))),
                    ..ObjectMeta::default()
                }),
                spec: Some(pod),
            },
            ..JobSpec::default()
        }),
        ..Job::default()
    }
}

/// That the Job fails at once by what its script says.
fn final_words() -> PodFailurePolicyRule {
    PodFailurePolicyRule {
        action: "FailJob".into(),
        on_exit_codes: Some(PodFailurePolicyOnExitCodesRequirement {
            container_name: Some(Component::Setup.as_str().into()),
            operator: "In".into(),
            values: SAID.to_vec(),
        }),
        ..PodFailurePolicyRule::default()
    }
}
