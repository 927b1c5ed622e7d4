//! The resources of the API: a folder for each, and a file for each of its routes.

pub mod audit;
pub mod description;
pub mod healthz;
pub mod links;
pub mod list;
pub(crate) mod routes;
pub mod rules;
pub mod stores;
pub mod tokens;
