//! The health of stores in the table, and the record of the sweeps that observe it.

pub(super) mod records;
pub(super) mod sweep;
