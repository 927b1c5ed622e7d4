//! A store's objects: pure builders, one file a kind. [`StoreResources`] is all of them, and whoever
//! applies it takes it apart field by field, so that an object which is built and not applied does
//! not compile.

mod blueprint;
mod foreign;
mod isolation;
mod labels;
mod ports;
mod secrets;
mod store_resources;
mod workloads;

pub(crate) use self::store_resources::conceal;
pub use self::{
    blueprint::Blueprint,
    foreign::{CertificateObject, CertificateStatus, ExternalSecret},
    labels::{
        STORE_UID, component_of, incarnation, is_owned_by, of_any_store, of_any_workload, pods_of, store_of,
        workload_of,
    },
    secrets::{
        ADMIN_PASSWORD, ADMIN_USER, CREDENTIALS, PasswordChange, Passwords, RandomnessError,
        WORDPRESS_CREDENTIALS, change_of, credentials_in, new_password, note, promotion, unusable,
    },
    store_resources::{CredentialObjects, StoreResources, WorkloadObjects},
    workloads::{CERTIFICATE, SITE_URL, deployment_of, is_new_by, restart_of},
};

#[cfg(test)]
mod tests;
