//! Stores are made and deleted: what the cluster and other people do meanwhile, and what is left.

pub(crate) mod admission;
pub(crate) mod certificates;
mod changes_of_mind;
mod conflicts;
pub(crate) mod external_secrets;
mod failures;
mod lifecycle;
mod orphans;
pub(crate) mod routes;
mod volumes;
mod warnings;
mod webhooks;
