//! A store's objects: pure builders, one file a kind. [`StoreResources`] is all of them, and whoever
//! applies it takes it apart field by field, so that an object which is built and not applied does
//! not compile.
//!
//! - *Images* are those of the store's release, as its record has it: a setting that changes is for the stores that come.
//! - *Pods* hold Pod Security `restricted`, which the namespace enforces: fixed users, no privileges, no token, a
//!   read-only root. Writable are the volume's folder, `/tmp`, and where the process keeps its socket or pid.
//! - *Order in the pods.* The setup waits for the database by itself, and the shop's pod for the setup: its init
//!   containers `seed` and `await-setup` end before anything serves.
//! - *Probes.* A start may take long: that of the database is checked each second, since the store waits for it.
//!   Ready is an installed shop with its database. Alive is a static file: a lost database must not restart every
//!   shop. The container of the scheduled work is alive as long as its runs end, whatever they come to.
//! - *Scheduled work* is done beside the shop, in its pod, since its volume is written by one pod: it waits for no
//!   visitor.
//! - *Ends.* The database shuts down before its pod goes; the shop answers until the ingress controller has heard
//!   of it. A Deployment's strategy is `Recreate`, as a volume has one writer.
//! - *Way in.* One of a store: a route on the platform's Gateway, or an Ingress.
//! - *Network.* Nothing gets in but from what serves that way in to the shop, and from the shop to the database.
//!   Nothing gets out but to the database, to DNS, to the mail relay where there is one and, with
//!   `EGRESS=internet`, to the internet without private
//!   ranges and metadata addresses.
//! - *Secrets* are generated once, or fetched by external-secrets under the same names and keys. Passwords live in
//!   [`Passwords`], whose `Debug` shows nothing. Containers get single keys.
//! - *TLS* ends before the shop: by the Gateway listener's certificate or the ingress controller's own, or by one for
//!   each store from cert-manager.

mod blueprint;
mod foreign;
mod isolation;
mod labels;
mod ports;
mod secrets;
mod store_resources;
mod workloads;

pub use self::{
    blueprint::Blueprint,
    foreign::{
        CertificateObject, CertificateStatus, ExternalSecret, HttpRoute, RouteParents, RouteVerdict,
        is_foreign,
    },
    labels::{
        STORE_UID, component_of, incarnation, is_owned_by, of_any_store, of_any_workload, pods_of,
        pods_of_job, store_of, upgrade_changed, upgrade_stop, workload_of,
    },
    secrets::{
        ADMIN_PASSWORD, ADMIN_USER, CREDENTIALS, PasswordChange, Passwords, RandomnessError,
        WORDPRESS_CREDENTIALS, change_of, credentials_in, new_password, note, promotion, unusable,
    },
    store_resources::{CredentialObjects, StoreResources, WAY_IN, WayIn, WorkloadObjects},
    workloads::{
        CERTIFICATE, REPLICAS, SITE_URL, deployment_of, images_of, is_new_by, release_change, release_of,
        restart_of, upgrade_job_name,
    },
};
pub(crate) use self::{ports::WORDPRESS_PORT, store_resources::conceal};

#[cfg(test)]
mod tests;
