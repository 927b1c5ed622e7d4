//! How requests to DynamoDB are put together and sent: updates, transactions, queries and pages.

pub(super) mod change;
pub(super) mod expiry;
pub(super) mod page;
pub(super) mod query;
pub(super) mod transaction;
pub(super) mod value;
pub(super) mod write;
