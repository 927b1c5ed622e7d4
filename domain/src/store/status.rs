//! The statuses that a store can have.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a state.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Status {
    /// Being made.
    Provisioning,
    /// Up, with an address.
    Ready,
    /// Could not be made, or could not be deleted.
    Failed,
    /// Being taken away.
    Deleting,
    /// Gone; only the record is left, until it expires or its name is used again.
    Deleted,
}

/// The statuses, or other states, of which a store must have one.
#[derive(Debug, PartialEq, Eq)]
pub struct AnyOf<T: 'static = Status>(pub &'static [T]);

impl<T> Clone for AnyOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for AnyOf<T> {}

/// As a sentence has them: `Provisioning, Ready or Failed`.
impl<T: fmt::Display> fmt::Display for AnyOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(states) = self;
        for (place, state) in states.iter().enumerate() {
            let before = match place {
                0 => "",
                _ if place + 1 == states.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}{state}")?;
        }
        Ok(())
    }
}

impl<T: PartialEq> AnyOf<T> {
    /// Whether `state` is one of them.
    #[must_use]
    pub fn contains(self, state: T) -> bool {
        self.0.contains(&state)
    }
}

impl Status {
    /// Whether the store is gone, and only its record is left.
    #[must_use]
    pub fn is_gone(self) -> bool {
        match self {
            Self::Deleted => true,
            Self::Provisioning | Self::Ready | Self::Failed | Self::Deleting => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_named_as_a_sentence_has_them() {
        let named = |statuses| AnyOf(statuses).to_string();
        assert_eq!(named(&[Status::Ready]), "Ready");
        assert_eq!(named(&[Status::Ready, Status::Failed]), "Ready or Failed");
        assert_eq!(
            named(&[Status::Provisioning, Status::Ready, Status::Failed]),
            "Provisioning, Ready or Failed"
        );
    }
}
