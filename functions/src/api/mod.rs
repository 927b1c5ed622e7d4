//! The resources of the API: a file for each, with its handlers and what they answer.

pub mod audit;
pub mod healthz;
pub mod list;
pub mod stores;
pub mod tokens;
