//! A store's objects: pure builders, one file a kind. [`StoreResources`] is all of them, and whoever
//! applies it takes it apart field by field, so that an object which is built and not applied does
//! not compile.

mod container;
mod deployment;
mod ingress;
mod job;
mod labels;
mod limit_range;
mod namespace;
mod network_policy;
mod persistent_volume_claim;
mod resource_quota;
mod restart;
mod secret;
mod service;

use domain::{admin_email::AdminEmail, slug::Slug, store::Store, store_name::StoreName};
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{LimitRange, Namespace, PersistentVolumeClaim, ResourceQuota, Secret, Service},
    networking::v1::{Ingress, NetworkPolicy},
};
use kube::api::ObjectMeta;
use uuid::Uuid;

pub use self::{
    labels::{STORE_UID, incarnation, is_owned_by, of_any_store, pods_of, store_of},
    restart::{deployment_of, is_new_by, restart_of},
    secret::{Passwords, RandomnessError},
};
use crate::settings::StoreSettings;

/// What a store's objects are made from.
#[derive(Clone, Debug)]
pub struct Blueprint {
    id: Slug,
    uid: Uuid,
    name: StoreName,
    admin_email: AdminEmail,
    settings: StoreSettings,
}

/// The parts of a store that have objects of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Component {
    Mysql,
    Setup,
    Wordpress,
}

impl Component {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Setup => "setup",
            Self::Wordpress => "wordpress",
        }
    }
}

/// The user that a store's administrator signs in as.
const ADMIN_USER: &str = "admin";
/// What the port of WordPress is called on its pod and its Service.
const HTTP_PORT_NAME: &str = "http";
/// What the port of the database is called on its pod and its Service.
const MYSQL_PORT_NAME: &str = "mysql";
/// The port that WordPress listens on; above 1023, since it runs without privileges.
const WORDPRESS_PORT: i32 = 8080;
/// The port that the ingress finds WordPress's Service at.
const HTTP_PORT: i32 = 80;
/// The database's port.
const MYSQL_PORT: i32 = 3306;

/// All objects of a store. Not `Debug`: the secrets are among them.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is named after what it holds")]
pub struct StoreResources {
    pub namespace: Namespace,
    pub network_policies: Vec<NetworkPolicy>,
    pub resource_quota: ResourceQuota,
    pub limit_range: LimitRange,
    pub secrets: Vec<Secret>,
    pub mysql: Workload,
    pub setup_job: Job,
    pub wordpress: Workload,
    pub ingress: Ingress,
}

/// A Deployment with its volume and its Service.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named after what it holds")]
pub struct Workload {
    pub volume_claim: PersistentVolumeClaim,
    pub deployment: Deployment,
    pub service: Service,
}

impl Blueprint {
    /// The blueprint of `store` under `settings`.
    #[must_use]
    pub fn new(store: &Store, settings: StoreSettings) -> Self {
        Self {
            id: store.id.clone(),
            uid: store.uid,
            name: store.name.clone(),
            admin_email: store.admin_email.clone(),
            settings,
        }
    }

    /// Where the shop answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.settings.store_scheme.as_str(), self.host())
    }

    /// The store's objects, with `passwords` for those that do not exist yet.
    #[must_use]
    pub fn resources(&self, passwords: &Passwords) -> StoreResources {
        StoreResources {
            namespace: namespace::build(self),
            network_policies: network_policy::build(self),
            resource_quota: resource_quota::build(self),
            limit_range: limit_range::build(self),
            secrets: secret::build(self, passwords),
            mysql: Workload {
                volume_claim: persistent_volume_claim::build(self, Component::Mysql),
                deployment: deployment::mysql(self),
                service: service::mysql(self),
            },
            setup_job: job::setup(self),
            wordpress: Workload {
                volume_claim: persistent_volume_claim::build(self, Component::Wordpress),
                deployment: deployment::wordpress(self),
                service: service::wordpress(self),
            },
            ingress: ingress::build(self),
        }
    }

    fn host(&self) -> String {
        format!("{}.{}", self.id, self.settings.store_domain)
    }

    /// The metadata of an object in the store's namespace.
    fn metadata(&self, name: &str, component: Option<Component>) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.id.namespace()),
            labels: Some(labels::of(self, component)),
            ..ObjectMeta::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{PullPolicy, Scheme};

    pub(super) fn blueprint() -> Blueprint {
        Blueprint {
            id: Slug::parse("my-test-shop").unwrap(),
            uid: "0198f2a0-0000-7000-8000-000000000000".parse().unwrap(),
            name: StoreName::parse("My Test Shop").unwrap(),
            admin_email: AdminEmail::parse("owner@example.com").unwrap(),
            settings: StoreSettings {
                store_domain: "store.example".into(),
                store_scheme: Scheme::Http,
                store_image: "shopwright/store:test".into(),
                mysql_image: "mysql:test".into(),
                image_pull_policy: PullPolicy::Never,
                storage_class: "standard".into(),
                ingress_class: "nginx".into(),
                ingress_namespace: "ingress-nginx".into(),
            },
        }
    }

    /// Every object of a store, each under the name of its kind, as Kubernetes gets it.
    fn manifests() -> Vec<(String, serde_json::Value)> {
        let StoreResources {
            namespace,
            network_policies,
            resource_quota,
            limit_range,
            secrets,
            mysql,
            setup_job,
            wordpress,
            ingress,
        } = blueprint().resources(&Passwords::fixed());
        let mut manifests = Vec::new();
        let mut add = |value: serde_json::Value| {
            let kind = value["kind"].as_str().unwrap();
            let name = value["metadata"]["name"].as_str().unwrap();
            manifests.push((format!("{kind}-{name}"), value.clone()));
        };
        add(json(&namespace));
        network_policies.iter().for_each(|policy| add(json(policy)));
        add(json(&resource_quota));
        add(json(&limit_range));
        secrets.iter().for_each(|secret| add(json(secret)));
        for Workload { volume_claim, deployment, service } in [mysql, wordpress] {
            add(json(&volume_claim));
            add(json(&deployment));
            add(json(&service));
        }
        add(json(&setup_job));
        add(json(&ingress));
        manifests
    }

    fn json(object: &impl serde::Serialize) -> serde_json::Value {
        serde_json::to_value(object).unwrap()
    }

    #[test]
    fn the_manifests_are_what_was_reviewed() {
        for (name, manifest) in manifests() {
            insta::assert_yaml_snapshot!(name, manifest);
        }
    }

    #[test]
    fn every_object_carries_the_stores_uid_and_lies_in_its_namespace() {
        for (name, manifest) in manifests() {
            let metadata = &manifest["metadata"];
            assert_eq!(metadata["labels"][STORE_UID], "0198f2a0-0000-7000-8000-000000000000", "{name}");
            if manifest["kind"] != "Namespace" {
                assert_eq!(metadata["namespace"], "store-my-test-shop", "{name}");
            }
        }
    }

    #[test]
    fn what_a_merchant_typed_reaches_the_setup_job_as_environment_values_only() {
        let manifests = manifests();
        let (_, job) = manifests.iter().find(|(name, _)| name.starts_with("Job-")).unwrap();
        let mut container = job["spec"]["template"]["spec"]["containers"][0].clone();
        let environment = container["env"].take();
        let typed = |text: &str| text.contains("My Test Shop") || text.contains("owner@example.com");
        assert!(typed(&environment.to_string()) && !typed(&container.to_string()));
    }

    #[test]
    fn no_password_is_anywhere_but_in_a_secret() {
        for (name, manifest) in manifests() {
            let manifest_text = manifest.to_string();
            assert!(!manifest_text.contains(Passwords::FIXED), "{name}");
            assert_eq!(
                manifest_text.contains(Passwords::FIXED_IN_BASE64),
                manifest["kind"] == "Secret",
                "{name}"
            );
        }
    }
}
