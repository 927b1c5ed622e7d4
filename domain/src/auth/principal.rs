//! Who calls.

use serde::{Deserialize, Serialize};

use crate::auth::principal_name::PrincipalName;

/// What a principal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, strum::EnumString)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Everything, to every store.
    Admin,
    /// Everything, to the stores it owns.
    Owner,
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Its name, which is the `owner` of the stores it creates.
    pub name: PrincipalName,
    /// What it may do.
    pub role: Role,
}

impl Principal {
    /// Whether this principal may see and change a store of `owner`.
    #[must_use]
    pub fn may_access(&self, owner: &str) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Owner => self.name.as_str() == owner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_see_their_own_stores_and_admins_all() {
        let owner = Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner };
        let admin = Principal { name: PrincipalName::parse("root").unwrap(), role: Role::Admin };
        assert!(owner.may_access("ada") && !owner.may_access("eve") && !owner.may_access("root"));
        assert!(admin.may_access("ada"));
    }
}
