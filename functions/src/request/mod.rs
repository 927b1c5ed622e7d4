//! What is read of a request before its handler runs.

pub mod actor;
pub mod body;
pub mod cursor;
pub mod idempotency;
mod json_object;
pub mod preconditions;
pub mod query;
pub mod request_id;
pub mod trace;
