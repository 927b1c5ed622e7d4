//! What a store's record asks a runner for.

use std::fmt;

use strum::VariantArray as _;

use crate::operation::kind::{ExclusiveKind, OperationKind};

/// What a runner has to do for a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Make it.
    Provision,
    /// Delete its namespace: after a delete, or to clean up after a failure.
    Teardown,
    /// Carry out the operation in its record.
    Operation(ExclusiveKind),
}

impl Task {
    /// All tasks.
    pub fn all() -> impl Iterator<Item = Self> {
        let operations = ExclusiveKind::VARIANTS.iter().copied().map(Self::Operation);
        [Self::Provision, Self::Teardown].into_iter().chain(operations)
    }

    /// Its name in jobs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Provision => "Provision",
            Self::Teardown => "Teardown",
            Self::Operation(kind) => OperationKind::from(kind).row().task,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
