//! What is read of a request before its handler runs.

pub mod actor;
pub mod body;
pub mod context;
pub mod cursor;
pub mod gateway;
pub mod id;
pub mod idempotency;
mod json_object;
pub mod preconditions;
pub mod query;
pub mod trace;
pub mod word;
