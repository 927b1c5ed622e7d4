//! The history of a store in the table: its events, the log of what failed, and when all of it expires.

pub(super) mod events;
pub(super) mod expiry;
pub(super) mod failure_log;
