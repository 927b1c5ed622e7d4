//! Changes of a store that somebody asked for: each is written in one transaction with its audit entry and, where
//! the request has a key, with the record that makes it repeatable.

pub(super) mod idempotency;
pub(super) mod request;
pub(super) mod store_change;
