//! A store's objects: pure builders, one file a kind. [`StoreResources`] is all of them, and whoever
//! applies it takes it apart field by field, so that an object which is built and not applied does
//! not compile.

mod certificate;
mod container;
mod database_options;
mod deployment;
mod external_secret;
mod external_values;
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
mod store_resources;

use domain::{
    operation::logs::Component,
    store::{Store, admin_email::AdminEmail, name::StoreName, slug::Slug},
};
use kube::api::ObjectMeta;
use uuid::Uuid;

pub(crate) use self::store_resources::conceal;
pub use self::{
    certificate::{Certificate, CertificateStatus},
    deployment::SITE_URL,
    external_secret::ExternalSecret,
    external_values::unusable,
    ingress::CERTIFICATE,
    labels::{
        STORE_UID, component_of, incarnation, is_owned_by, of_any_store, of_any_workload, pods_of, store_of,
        workload_of,
    },
    restart::{deployment_of, is_new_by, restart_of},
    secret::{
        ADMIN_PASSWORD, CREDENTIALS, PasswordChange, Passwords, RandomnessError, WORDPRESS_CREDENTIALS,
        change_of, credentials_in, new_password, note, promotion,
    },
    store_resources::{Credentials, StoreResources, Workload},
};
use crate::settings::{SecretSource, StoreSettings};

/// What a store's objects are made from.
#[derive(Clone, Debug)]
pub struct Blueprint {
    id: Slug,
    uid: Uuid,
    name: StoreName,
    admin_email: AdminEmail,
    settings: StoreSettings,
}

/// The annotation that names the operation by which an object is as it is. A pod has those of the template
/// that it was made from.
const OPERATION: &str = "shopwright.dev/operation";
/// The user that a store's administrator signs in as.
pub const ADMIN_USER: &str = "admin";
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

    /// The blueprint of a store that no table knows.
    #[must_use]
    pub fn draft(name: StoreName, admin_email: AdminEmail, uid: Uuid, settings: StoreSettings) -> Self {
        Self { id: name.slug(), uid, name, admin_email, settings }
    }

    /// The incarnation that it is of.
    #[must_use]
    pub fn uid(&self) -> Uuid {
        self.uid
    }

    /// Where the shop answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.settings.scheme(), self.host())
    }

    /// The store's objects, with `passwords` for those that do not exist yet.
    #[must_use]
    pub fn resources(&self, passwords: &Passwords) -> StoreResources {
        StoreResources {
            namespace: namespace::build(self),
            network_policies: network_policy::build(self),
            resource_quota: resource_quota::build(self),
            limit_range: limit_range::build(self),
            credentials: match self.settings.secrets.secrets {
                SecretSource::Generated => Credentials::Generated(secret::build(self, passwords)),
                SecretSource::External => Credentials::External(external_secret::build(self)),
            },
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
mod tests;
