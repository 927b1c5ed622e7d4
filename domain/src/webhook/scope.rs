//! Whose stores an endpoint hears of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::auth::principal_name::PrincipalName;

/// Whose stores an endpoint hears of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// This one's.
    Owner(PrincipalName),
    /// Everybody's.
    All,
}

impl Scope {
    /// The owner whose stores it has.
    #[must_use]
    pub fn owner(&self) -> Option<&PrincipalName> {
        match self {
            Self::Owner(name) => Some(name),
            Self::All => None,
        }
    }

    /// Whether it has the stores of `owner`.
    #[must_use]
    pub fn covers(&self, owner: &str) -> bool {
        self.owner().is_none_or(|name| name.as_str() == owner)
    }
}

/// `*`, which is no principal's name, or the owner's name.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(name) => name.fmt(f),
            Self::All => f.write_str("*"),
        }
    }
}
