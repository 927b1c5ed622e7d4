//! The table's keys and indexes.

pub(super) mod creation;
pub(super) mod key;
