//! What a runner works with.

use domain::{queue::Queue, table::Table};
use kube::Client;

use crate::{
    config::Limits, observe::metrics::Metrics, observe::readiness::Readiness, settings::StoreSettings,
    visit::HttpsCheck,
};

/// Everything a job is worked on with.
pub struct Runner {
    /// The truth.
    pub table: Table,
    /// The hints.
    pub queue: Queue,
    /// The cluster.
    pub client: Client,
    /// What stores have in common.
    pub settings: StoreSettings,
    /// Asks stores whether they answer by https, where that is wanted.
    pub https: Option<HttpsCheck>,
    /// How much, how long, how often.
    pub limits: Limits,
    /// This process's name in leases.
    pub holder: String,
    /// What it counts.
    pub metrics: Metrics,
    /// Whom it has reached lately.
    pub readiness: Readiness,
}
