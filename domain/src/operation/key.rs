//! Which operation.

use uuid::Uuid;

use crate::store::slug::Slug;

/// Which operation, on which incarnation of which store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationKey {
    /// The store's id.
    pub store: Slug,
    /// Its incarnation.
    pub uid: Uuid,
    /// The operation's id.
    pub operation: Uuid,
}
