//! The other way in: claims of a JSON web token that API Gateway's authorizer has checked.

use std::collections::HashMap;

use domain::{
    principal::{Principal, Role},
    principal_name::{PrincipalName, PrincipalNameError},
};

/// Which claims say who calls, and what their values mean. Without these settings no claim counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSettings {
    /// The claim with the principal's name.
    pub principal_claim: String,
    /// The claim with its role: a text, or a list of texts.
    pub role_claim: String,
    /// What the role claim says of an admin.
    pub admin_value: String,
    /// What it says of an owner.
    pub owner_value: String,
}

/// Who called is known to the authorizer, and is nobody here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The claim is missing.
    #[error("the claim {0:?}, which names the caller, is missing")]
    NoPrincipal(String),
    /// The claim's value is no name.
    #[error("the claim {claim:?}, which names the caller, {source}")]
    Name {
        /// Its name.
        claim: String,
        /// What is wrong with it.
        source: PrincipalNameError,
    },
    /// There is no role in the claim, or no claim.
    #[error("the claim {0:?} has no role that is known here")]
    NoRole(String),
}

impl ClaimSettings {
    /// Who the caller with these claims is. Nobody is taken for an owner who is not said to be one.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn principal(&self, claims: &HashMap<String, String>) -> Result<Principal, ClaimsError> {
        let name = claims
            .get(&self.principal_claim)
            .ok_or_else(|| ClaimsError::NoPrincipal(self.principal_claim.clone()))?;
        let name = PrincipalName::parse(name)
            .map_err(|source| ClaimsError::Name { claim: self.principal_claim.clone(), source })?;
        let values: Vec<_> =
            claims.get(&self.role_claim).map(|claim| values(claim).collect()).unwrap_or_default();
        let role = if values.contains(&self.admin_value.as_str()) {
            Role::Admin
        } else if values.contains(&self.owner_value.as_str()) {
            Role::Owner
        } else {
            return Err(ClaimsError::NoRole(self.role_claim.clone()));
        };
        Ok(Principal { name, role })
    }
}

/// The values of a claim. HTTP APIs hand a list over as one text, `[admin support]`.
fn values(claim: &str) -> impl Iterator<Item = &str> {
    let list = claim.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    list.into_iter().flat_map(str::split_ascii_whitespace).chain(list.is_none().then_some(claim))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(claims: &[(&str, &str)]) -> Result<Principal, ClaimsError> {
        let settings = ClaimSettings {
            principal_claim: "sub".into(),
            role_claim: "groups".into(),
            admin_value: "shop-admins".into(),
            owner_value: "shop-owners".into(),
        };
        settings.principal(&claims.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    #[test]
    fn a_role_is_a_text_or_one_of_a_list() {
        for (groups, role) in [
            ("shop-admins", Role::Admin),
            ("shop-owners", Role::Owner),
            ("[shop-owners]", Role::Owner),
            ("[support shop-admins]", Role::Admin),
            ("[shop-owners shop-admins]", Role::Admin),
        ] {
            let found = principal(&[("sub", "ada"), ("groups", groups)]).unwrap();
            assert_eq!((found.name.as_str(), found.role), ("ada", role), "{groups}");
        }
    }

    #[test]
    fn who_is_not_said_to_have_a_role_has_none() {
        let none = Err(ClaimsError::NoRole("groups".into()));
        assert_eq!(principal(&[("sub", "ada")]), none);
        for groups in [
            "",
            "[]",
            "admin",
            "SHOP-ADMINS",
            "shop-admins-x",
            "[not-shop-admins]",
            "x shop-admins",
            "[shop-admins",
        ] {
            assert_eq!(principal(&[("sub", "ada"), ("groups", groups)]), none, "{groups}");
        }
    }

    #[test]
    fn who_has_no_name_is_nobody() {
        assert_eq!(principal(&[("groups", "shop-admins")]), Err(ClaimsError::NoPrincipal("sub".into())));
        let odd = principal(&[("sub", "a#b"), ("groups", "shop-admins")]);
        assert!(matches!(odd, Err(ClaimsError::Name { .. })), "{odd:?}");
    }
}
