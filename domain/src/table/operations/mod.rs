//! Operations in the table: their records, and the read-only ones that are leased on their own.

pub(super) mod read_only;
pub(super) mod records;
