//! API tokens in the table.

pub(super) mod issue;
pub(super) mod list;
pub(super) mod revoke;
