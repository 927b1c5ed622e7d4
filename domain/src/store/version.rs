//! The versions of a store, and those that a command is meant for.

use uuid::Uuid;

use super::Store;

/// One version of one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreVersion {
    /// The store's incarnation.
    pub uid: Uuid,
    /// Its version.
    pub version: u64,
}

/// The versions of a store in which a command may be carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectedVersion {
    /// Any.
    #[default]
    Any,
    /// One of these.
    OneOf(Vec<StoreVersion>),
}

impl ExpectedVersion {
    /// Whether `store` is in such a version.
    #[must_use]
    pub fn allows(&self, store: &Store) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&store.present_version()),
        }
    }
}
