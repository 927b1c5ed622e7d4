//! Changes of a store that somebody asked for: each is written in one transaction with its audit entry and, where
//! the request has a key, with the record that makes it repeatable.
//!
//! What is refused costs nothing: nothing is read before, what stands in the way comes with the condition that failed,
//! and a request with a key is never half done.

pub(super) mod idempotency;
pub(super) mod request;
pub(super) mod store_change;
