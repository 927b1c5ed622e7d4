//! The other way in: claims of a JSON web token that API Gateway's authorizer has checked.
//!
//! Whoever has neither the admin's nor the owner's value in the role claim is nobody here (403). An HTTP API writes a
//! list as a text, `[a b]`, in which the members can't be distinguished. So no role follows from a list with white space
//! in it, and no setting may have white space or brackets: what is left has one reading. API Gateway writes the
//! request context itself, and nothing that a caller sends gets into it.

use domain::auth::{
    principal::{Principal, Role},
    principal_name::{PrincipalName, PrincipalNameError},
};
use serde_json::{Map, Value};

/// Which claims say who calls, and what their values mean. Without these settings no claim counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSettings {
    /// The claim with the principal's name: a text.
    pub principal_claim: String,
    /// The claim with its role: a text, or a list whose members can be distinguished.
    pub role_claim: String,
    /// What the role claim says of an admin.
    pub admin_value: String,
    /// What it says of an owner.
    pub owner_value: String,
}

/// The settings can't work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimSettingsError {
    /// A role would be none, or nobody could be told to have it.
    #[error(
        "{0} must be a text without white space, brackets and control characters: a list of texts with any of \
         these can't be told from another one"
    )]
    Value(&'static str),
    /// A claim can't be called that.
    #[error("{0} must be the name of a claim, without white space at its ends and control characters")]
    Name(&'static str),
    /// The claim says the same of many callers, who would be one.
    #[error(
        "JWT_PRINCIPAL_CLAIM must be a claim that names one caller, such as sub: {0} is the same for many"
    )]
    Shared(&'static str),
    /// All who have a role would be one caller.
    #[error("JWT_PRINCIPAL_CLAIM and JWT_ROLE_CLAIM are the same")]
    SameClaims,
    /// An admin could not be told from an owner.
    #[error("JWT_ADMIN_VALUE and JWT_OWNER_VALUE are the same")]
    SameRoles,
}

/// Who called is known to the authorizer, and is nobody here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// The claim is missing.
    #[error("the claim {0:?}, which names the caller, is missing")]
    NoPrincipal(String),
    /// The claim is a number, a list, or something else that names nobody.
    #[error("the claim {0:?}, which names the caller, is not a text")]
    PrincipalNoText(String),
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
    /// The claim may be read in more than one way.
    #[error(
        "the claim {0:?} is a list with white space in it, as API Gateway writes one, whose members can't be told \
         apart, so no role follows from it; the platform's operators have to have the issuer put the role into a \
         claim of one text"
    )]
    AmbiguousRole(String),
}

/// Claims that say the same in the tokens of many: those of RFC 7519, section 4.1, but for `sub` and
/// `jti`, and some that issuers add.
const SHARED: [&str; 8] = ["aud", "exp", "iat", "iss", "nbf", "scope", "token_use", "email_verified"];

impl ClaimSettings {
    /// The settings, if they can work.
    ///
    /// # Errors
    /// [`ClaimSettingsError`], naming the environment variable.
    pub fn checked(self) -> Result<Self, ClaimSettingsError> {
        let Self { principal_claim, role_claim, admin_value, owner_value } = &self;
        for (name, claim) in [("JWT_PRINCIPAL_CLAIM", principal_claim), ("JWT_ROLE_CLAIM", role_claim)] {
            if claim.is_empty() || claim.trim() != claim || claim.chars().any(char::is_control) {
                return Err(ClaimSettingsError::Name(name));
            }
        }
        for (name, value) in [("JWT_ADMIN_VALUE", admin_value), ("JWT_OWNER_VALUE", owner_value)] {
            if value.is_empty() || value.chars().any(|c| separates(c) || c == '[' || c == ']') {
                return Err(ClaimSettingsError::Value(name));
            }
        }
        if let Some(shared) = SHARED.iter().find(|shared| *shared == principal_claim) {
            return Err(ClaimSettingsError::Shared(shared));
        }
        if principal_claim == role_claim {
            return Err(ClaimSettingsError::SameClaims);
        }
        if admin_value == owner_value {
            return Err(ClaimSettingsError::SameRoles);
        }
        Ok(self)
    }

    /// Who the caller with these claims is. Nobody is taken for an owner who is not said to be one.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, ClaimsError> {
        let name = claims
            .get(&self.principal_claim)
            .ok_or_else(|| ClaimsError::NoPrincipal(self.principal_claim.clone()))?;
        let name = name.as_str().ok_or_else(|| ClaimsError::PrincipalNoText(self.principal_claim.clone()))?;
        let name = PrincipalName::parse(name)
            .map_err(|source| ClaimsError::Name { claim: self.principal_claim.clone(), source })?;
        Ok(Principal { name, role: self.role(claims)? })
    }

    fn role(&self, claims: &Map<String, Value>) -> Result<Role, ClaimsError> {
        let values = match claims.get(&self.role_claim).map(values) {
            Some(RoleValues::Known(values)) => values,
            Some(RoleValues::Ambiguous) => {
                return Err(ClaimsError::AmbiguousRole(self.role_claim.clone()));
            }
            None => Vec::new(),
        };
        if values.contains(&self.admin_value.as_str()) {
            Ok(Role::Admin)
        } else if values.contains(&self.owner_value.as_str()) {
            Ok(Role::Owner)
        } else {
            Err(ClaimsError::NoRole(self.role_claim.clone()))
        }
    }
}

/// What a claim says.
enum RoleValues<'a> {
    /// These texts.
    Known(Vec<&'a str>),
    /// One list of texts or another.
    Ambiguous,
}

/// HTTP APIs hand a list over as one text, its members joined by blanks: `[admin support]`. That text
/// is also the list of the one member `admin support`, so only a list without blanks says what is in
/// it. A text without brackets was a text in the token too.
fn values(claim: &Value) -> RoleValues<'_> {
    match claim {
        Value::String(text) => match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            None => RoleValues::Known(vec![text]),
            Some(members) if members.contains(separates) => RoleValues::Ambiguous,
            Some(member) => RoleValues::Known(vec![member]),
        },
        Value::Array(members) => RoleValues::Known(members.iter().filter_map(Value::as_str).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => RoleValues::Known(Vec::new()),
    }
}

/// Whether `c` may stand between the members of a list, or be taken for what does.
fn separates(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;

    fn settings() -> ClaimSettings {
        ClaimSettings {
            principal_claim: "sub".into(),
            role_claim: "groups".into(),
            admin_value: "shop-admins".into(),
            owner_value: "shop-owners".into(),
        }
    }

    fn principal(claims: &Value) -> Result<Principal, ClaimsError> {
        settings().principal(claims.as_object().unwrap())
    }

    fn role(groups: &Value) -> Result<Role, ClaimsError> {
        principal(&json!({ "sub": "ada", "groups": groups })).map(|principal| principal.role)
    }

    #[test]
    fn a_role_is_a_text_or_a_member_of_a_list_that_can_be_told_apart() {
        for (groups, expected) in [
            (json!("shop-admins"), Role::Admin),
            (json!("shop-owners"), Role::Owner),
            (json!("[shop-owners]"), Role::Owner),
            (json!("[shop-admins]"), Role::Admin),
            (json!(["shop-owners"]), Role::Owner),
            (json!(["not shop-admins", "shop-owners"]), Role::Owner),
            (json!(["support", "shop-owners", "shop-admins"]), Role::Admin),
        ] {
            assert_eq!(role(&groups), Ok(expected), "{groups}");
        }
        assert_eq!(
            principal(&json!({ "sub": "ada", "groups": "shop-admins" })).unwrap().name.as_str(),
            "ada"
        );
    }

    #[test]
    fn no_role_follows_from_a_list_that_may_be_another_one() {
        let ambiguous = Err(ClaimsError::AmbiguousRole("groups".into()));
        for groups in [
            "[not shop-admins]",
            "[shop-admins support]",
            "[support shop-admins]",
            "[not shop-owners]",
            "[shop-owners shop-admins]",
            "[ shop-admins]",
            "[shop-admins ]",
            "[ ]",
            "[a  shop-admins]",
            "[a\tshop-admins]",
            "[a\nshop-admins]",
            "[a\u{a0}shop-admins]",
            "[a\u{2003}shop-admins]",
            "[a\0shop-admins]",
            "[[a shop-admins]]",
            "[support editors]",
        ] {
            assert_eq!(role(&json!(groups)), ambiguous, "{groups:?}");
        }
    }

    #[test]
    fn who_is_not_said_to_have_a_role_has_none() {
        let none = Err(ClaimsError::NoRole("groups".into()));
        assert_eq!(principal(&json!({ "sub": "ada" })), none);
        let none = Err(ClaimsError::NoRole("groups".into()));
        for groups in [
            json!(""),
            json!("[]"),
            json!("admin"),
            json!("SHOP-ADMINS"),
            json!("Shop-Admins"),
            json!("shop-admins-x"),
            json!("[not-shop-admins]"),
            json!("x shop-admins"),
            json!("shop-admins support"),
            json!("shop-admins,support"),
            json!("support,shop-admins"),
            json!(" shop-admins"),
            json!("shop-admins\n"),
            json!("[shop-admins"),
            json!("shop-admins]"),
            json!("[[shop-admins]]"),
            json!("[not,shop-admins]"),
            json!("[\"shop-admins\"]"),
            json!("[support,shop-admins]"),
            json!("{shop-admins}"),
            json!("shop\u{2010}admins"),
            json!("ѕhop-admins"),
            json!("shop-admins\u{200b}"),
            json!(["not shop-admins"]),
            json!(["[shop-admins]"]),
            json!([["shop-admins"]]),
            json!([]),
            json!({ "shop-admins": true }),
            json!(null),
            json!(true),
            json!(1),
        ] {
            assert_eq!(role(&groups), none, "{groups}");
        }
    }

    #[test]
    fn who_has_no_name_is_nobody() {
        let with = |name: Value| principal(&json!({ "sub": name, "groups": "shop-admins" }));
        let missing = principal(&json!({ "groups": "shop-admins" }));
        assert_eq!(missing, Err(ClaimsError::NoPrincipal("sub".into())));
        for name in
            ["a#b", "[ada bob]", "[ada]", "ada bob", "ada\n", "ada\0", "аda", "ada\u{200b}", "", "a,b"]
        {
            let odd = with(json!(name));
            assert!(matches!(odd, Err(ClaimsError::Name { .. })), "{name:?}: {odd:?}");
        }
        for name in [json!(7), json!(true), json!(["ada"]), json!({ "name": "ada" }), json!(null)] {
            assert_eq!(with(name), Err(ClaimsError::PrincipalNoText("sub".into())));
        }
    }

    #[test]
    fn settings_that_can_not_work_are_refused_by_name() {
        assert_eq!(settings().checked(), Ok(settings()));
        for value in
            ["", " ", "shop admins", "[shop-admins]", "shop-admins ", "a\tb", "a\u{a0}b", "a\nb", "a]"]
        {
            let wrong = ClaimSettings { admin_value: value.into(), ..settings() };
            assert_eq!(wrong.checked(), Err(ClaimSettingsError::Value("JWT_ADMIN_VALUE")), "{value:?}");
            let wrong = ClaimSettings { owner_value: value.into(), ..settings() };
            assert_eq!(wrong.checked(), Err(ClaimSettingsError::Value("JWT_OWNER_VALUE")), "{value:?}");
        }
        for name in ["", " sub", "sub\n", "s\0b"] {
            let wrong = ClaimSettings { principal_claim: name.into(), ..settings() };
            assert_eq!(wrong.checked(), Err(ClaimSettingsError::Name("JWT_PRINCIPAL_CLAIM")), "{name:?}");
            let wrong = ClaimSettings { role_claim: name.into(), ..settings() };
            assert_eq!(wrong.checked(), Err(ClaimSettingsError::Name("JWT_ROLE_CLAIM")), "{name:?}");
        }
        for shared in SHARED {
            let wrong = ClaimSettings { principal_claim: shared.into(), ..settings() };
            assert_eq!(wrong.checked(), Err(ClaimSettingsError::Shared(shared)));
        }
        let same = ClaimSettings { principal_claim: "groups".into(), ..settings() };
        assert_eq!(same.checked(), Err(ClaimSettingsError::SameClaims));
        let same = ClaimSettings { owner_value: "shop-admins".into(), ..settings() };
        assert_eq!(same.checked(), Err(ClaimSettingsError::SameRoles));
    }

    proptest! {
        /// As HTTP APIs write it, whatever its members are.
        #[test]
        fn a_list_gives_a_role_only_to_who_is_in_its_group(
            groups in vec(
                prop_oneof![
                    Just("shop-admins".to_owned()),
                    Just("shop-owners".to_owned()),
                    "(not |\\[|\"|,)?shop-(admins|owners)( x|\\]|\"|,)?",
                    "\\PC{0,8}",
                ],
                0..4,
            ),
        ) {
            let has = |group: &str| groups.iter().any(|other| other == group);
            match role(&json!(format!("[{}]", groups.join(" ")))) {
                Ok(Role::Admin) => prop_assert!(has("shop-admins"), "{groups:?}"),
                Ok(Role::Owner) => prop_assert!(has("shop-owners"), "{groups:?}"),
                Err(_) => {}
            }
        }
    }
}
