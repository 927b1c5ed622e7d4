//! Stores in the table: how they are created, listed, leased and moved from state to state.

pub(super) mod clean_up;
pub(super) mod create;
pub(super) mod due;
pub(super) mod fence;
pub(super) mod leases;
pub(super) mod list;
pub(super) mod quota;
pub(super) mod store_item;
pub(super) mod transitions;
