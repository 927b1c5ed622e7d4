//! All objects of a store, each once.

use domain::{operation::logs::Component, store::power::Power};
use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{LimitRange, Namespace, PersistentVolumeClaim, ResourceQuota, Secret, Service},
    networking::v1::{Ingress, NetworkPolicy},
};
use serde_json::{Value, json, to_value};
use uuid::Uuid;

use super::{
    blueprint::Blueprint,
    foreign::{ExternalSecret, HttpRoute, external_secret, http_route},
    isolation::{limit_range, namespace, network_policy, resource_quota},
    secrets::{Passwords, secret},
    workloads::{deployment, ingress, job, persistent_volume_claim, service, upgrade},
};
use crate::settings::{Routing, SecretSource};

/// All objects of a store. Not `Debug`: the secrets are among them.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is named after what it holds")]
pub struct StoreResources {
    pub namespace: Namespace,
    pub network_policies: Vec<NetworkPolicy>,
    pub resource_quota: ResourceQuota,
    pub limit_range: LimitRange,
    pub credentials: CredentialObjects,
    pub mysql: WorkloadObjects,
    pub setup_job: Job,
    pub wordpress: WorkloadObjects,
    /// None where visitors are to be kept out.
    pub way_in: Option<WayIn>,
}

/// The name of what leads visitors to a store, whichever kind of object that is: as the shop's.
pub const WAY_IN: &str = "wordpress";

/// How visitors come to a store.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is named after what it holds")]
pub enum WayIn {
    Ingress(Box<Ingress>),
    Route(Box<HttpRoute>),
}

/// A Deployment with its volume and its Service.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named after what it holds")]
pub struct WorkloadObjects {
    pub volume_claim: PersistentVolumeClaim,
    pub deployment: Deployment,
    pub service: Service,
}

/// A store's secrets, or what has them made.
#[derive(Clone)]
pub enum CredentialObjects {
    /// The secrets themselves.
    Generated(Vec<Secret>),
    /// What external-secrets makes secrets of the same names and keys from.
    External(Vec<ExternalSecret>),
}

impl Blueprint {
    /// The store's objects, with `passwords` for those that do not exist yet.
    #[must_use]
    pub fn resources(&self, passwords: &Passwords) -> StoreResources {
        StoreResources {
            namespace: namespace::build(self),
            network_policies: network_policy::build(self),
            resource_quota: resource_quota::build(self),
            limit_range: limit_range::build(self),
            credentials: match self.settings.secrets.secrets {
                SecretSource::Generated => CredentialObjects::Generated(secret::build(self, passwords)),
                SecretSource::External => CredentialObjects::External(external_secret::build(self)),
            },
            mysql: WorkloadObjects {
                volume_claim: persistent_volume_claim::build(self, Component::Mysql),
                deployment: deployment::mysql(self),
                service: service::mysql(self),
            },
            setup_job: job::setup(self),
            wordpress: WorkloadObjects {
                volume_claim: persistent_volume_claim::build(self, Component::Wordpress),
                deployment: deployment::wordpress(self),
                service: service::wordpress(self),
            },
            way_in: self.wants_way_in(Power::Running).then(|| self.way_in()),
        }
    }
}

impl Blueprint {
    /// The way in.
    #[must_use]
    pub fn way_in(&self) -> WayIn {
        match self.settings.gateway.routing {
            Routing::Gateway => WayIn::Route(Box::new(http_route::build(self))),
            Routing::Ingress => WayIn::Ingress(Box::new(ingress::build(self))),
        }
    }

    /// Who is let in to the store: those who come by the way in, above all.
    #[must_use]
    pub fn entry(&self) -> NetworkPolicy {
        network_policy::default_deny(self)
    }

    /// The shop's Deployment.
    #[must_use]
    pub fn shop(&self) -> Deployment {
        deployment::wordpress(self)
    }

    /// The Job by which `operation` upgrades `shop`, as that is there, to what this is made of.
    #[must_use]
    pub fn upgrade_job(&self, operation: Uuid, shop: &Deployment) -> Job {
        upgrade::build(self, operation, shop)
    }

    /// The manifests of what is to be there while the store's power is as it is, in the order in which they are made.
    ///
    /// # Errors
    /// None that is known of: what is built can be serialised.
    pub fn manifests(&self, passwords: &Passwords) -> Result<Vec<Value>, serde_json::Error> {
        let mut manifests = self.resources(passwords).manifests()?;
        if !self.wants_way_in(self.power) {
            manifests.retain(|manifest| ![json!("Ingress"), json!("HTTPRoute")].contains(&manifest["kind"]));
        }
        Ok(manifests)
    }
}

impl StoreResources {
    /// All objects as the API takes them, in the order in which they are made.
    ///
    /// # Errors
    /// None that is known of: what is built can be serialised.
    pub fn manifests(&self) -> Result<Vec<Value>, serde_json::Error> {
        let Self {
            namespace,
            network_policies,
            resource_quota,
            limit_range,
            credentials,
            mysql,
            setup_job,
            wordpress,
            way_in,
        } = self;
        let mut manifests = vec![to_value(namespace)?];
        for policy in network_policies {
            manifests.push(to_value(policy)?);
        }
        manifests.extend([to_value(resource_quota)?, to_value(limit_range)?]);
        manifests.extend(credentials.manifests()?);
        manifests.extend(mysql.manifests()?);
        manifests.push(to_value(setup_job)?);
        manifests.extend(wordpress.manifests()?);
        match way_in {
            None => {}
            Some(WayIn::Ingress(ingress)) => manifests.push(to_value(ingress)?),
            Some(WayIn::Route(route)) => manifests.push(to_value(route)?),
        }
        Ok(manifests)
    }
}

/// Puts `placeholder` in the place of each value of a manifest that is a Secret's.
pub(crate) fn conceal(manifest: &mut Value, placeholder: &str) {
    if manifest["kind"] == "Secret" {
        for value in manifest["data"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            *value = placeholder.into();
        }
    }
}

impl CredentialObjects {
    fn manifests(&self) -> Result<Vec<Value>, serde_json::Error> {
        match self {
            Self::Generated(secrets) => secrets.iter().map(to_value).collect(),
            Self::External(secrets) => secrets.iter().map(to_value).collect(),
        }
    }
}

impl WorkloadObjects {
    fn manifests(&self) -> Result<[Value; 3], serde_json::Error> {
        let Self { volume_claim, deployment, service } = self;
        Ok([to_value(volume_claim)?, to_value(deployment)?, to_value(service)?])
    }
}
