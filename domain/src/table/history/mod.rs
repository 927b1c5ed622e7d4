//! The history of a store in the table: its events, the log of what failed, and when all of it expires.
//!
//! It expires with the record of a store that is deleted. Once the namespace is gone, and just before the last write, the
//! runner stamps each item that has no stamp yet, so it can be interrupted. `StoreItemKind` in the schema lists the kinds
//! of items, and says of each whether it expires so.

pub(super) mod events;
pub(super) mod expiry;
pub(super) mod failure_log;
