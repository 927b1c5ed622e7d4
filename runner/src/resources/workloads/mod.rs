//! What runs a store: database, shop and setup, with their volumes, Services and the way in.

mod container;
mod database_options;
pub(super) mod deployment;
pub(super) mod ingress;
pub(super) mod job;
pub(super) mod persistent_volume_claim;
mod release;
mod restart;
pub(super) mod service;
pub(super) mod upgrade;

pub(super) use self::container::{limits, quantity, requests};
pub use self::{
    deployment::{REPLICAS, SITE_URL},
    ingress::CERTIFICATE,
    release::{images_of, release_change, release_of},
    restart::{deployment_of, is_new_by, restart_of},
    upgrade::upgrade_job_name,
};
