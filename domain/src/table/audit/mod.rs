//! The audit trail in the table: its entries, its lists, and the check of its chains.

pub(super) mod check;
pub(super) mod entries;
pub(super) mod trail;
