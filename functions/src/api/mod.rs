//! The resources of the API: a folder for each, and a file for each of its routes.

pub mod attention;
pub mod audit;
pub mod description;
pub mod healthz;
pub mod links;
pub mod list;
pub mod revalidated;
pub(crate) mod routes;
pub mod rules;
pub mod stores;
pub mod summary;
pub mod tokens;
pub mod webhooks;
