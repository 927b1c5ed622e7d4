//! API tokens: `swt_<id>_<secret>`, of which the table holds the id and a digest of the secret.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::{
    audit::{Head, Subject},
    auth::principal::Principal,
    values::{
        digest::Digest,
        random::{RandomnessError, random_hex},
        timestamp::Timestamp,
    },
};

/// The public part of a token, which names it: 16 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String, pattern = "^[0-9a-f]{16}$", examples("0123456789abcdef")))]
pub struct TokenId(String);

impl TokenId {
    /// The id that `text` is; `None` when it has not the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hexadecimal(text, 16).then(|| Self(text.to_owned()))
    }
}

/// A token as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its public part.
    pub id: TokenId,
    /// SHA-256 of its secret part, in hexadecimal. The secret has 256 random bits, so there is
    /// nothing that a slow hash would protect.
    pub secret_sha256: Digest,
    /// Whom it stands for.
    pub principal: Principal,
    /// When it was issued.
    pub created: Timestamp,
    /// When it ends; `None` for never.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Timestamp>,
    /// Whether it was revoked.
    #[serde(default)]
    pub disabled: bool,
    /// The end of its audit trail; `None` before the first entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit: Option<Head>,
}

/// A bearer token as a caller sent it.
#[derive(Debug)]
pub struct PresentedToken {
    id: TokenId,
    secret: SecretString,
}

impl Token {
    /// A new token for `principal` that is good until `expires`, and its full text, which is nowhere
    /// else.
    ///
    /// # Errors
    /// [`RandomnessError`].
    pub fn issue(
        principal: Principal,
        now: Timestamp,
        expires: Option<Timestamp>,
    ) -> Result<(Self, SecretString), RandomnessError> {
        let id = random_hex::<8>()?;
        let secret = random_hex::<32>()?;
        let text = SecretString::from(format!("swt_{id}_{secret}"));
        let token = Self {
            id: TokenId(id),
            secret_sha256: Digest::of(secret.as_bytes()),
            principal,
            created: now,
            expires,
            disabled: false,
            audit: None,
        };
        Ok((token, text))
    }

    /// What audit entries about it are about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::Token { id: self.id.to_string(), owner: self.principal.name.clone() }
    }

    /// The principal that `presented` stands for at `now`; `None` when it is not this token, or no
    /// longer good.
    #[must_use]
    pub fn authenticate(&self, presented: &PresentedToken, now: Timestamp) -> Option<&Principal> {
        let good = !self.disabled && self.expires.is_none_or(|expires| now < expires);
        (self.has_secret_of(presented) && good).then_some(&self.principal)
    }

    /// Whether `presented` has this token's secret; compared in constant time. Says nothing of
    /// whether the token is still good.
    #[must_use]
    pub fn has_secret_of(&self, presented: &PresentedToken) -> bool {
        let digest = Digest::of(presented.secret.expose_secret().as_bytes());
        digest.as_str().as_bytes().ct_eq(self.secret_sha256.as_str().as_bytes()).into()
    }
}

impl PresentedToken {
    /// Takes a bearer token apart; `None` when it has not the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix("swt_")?.split_once('_')?;
        let id = TokenId::parse(id)?;
        is_hexadecimal(secret, 64).then(|| Self { id, secret: secret.to_owned().into() })
    }

    /// Its public part.
    #[must_use]
    pub fn id(&self) -> &TokenId {
        &self.id
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As tokens are written: in lower case.
fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::auth::{principal::Role, principal_name::PrincipalName};

    fn ada() -> Principal {
        Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner }
    }

    fn issued() -> (Token, PresentedToken) {
        let (token, text) = Token::issue(ada(), Timestamp::now(), None).unwrap();
        (token, PresentedToken::parse(text.expose_secret()).unwrap())
    }

    #[test]
    fn a_token_authenticates_its_principal_and_no_other_token_does() {
        let (token, presented) = issued();
        let (_, other) = issued();
        let now = Timestamp::now();
        assert_eq!(token.authenticate(&presented, now).map(|p| p.name.as_str()), Some("ada"));
        assert_eq!(token.authenticate(&other, now), None);
    }

    #[test]
    fn a_disabled_or_expired_token_is_no_longer_good() {
        let (token, presented) = issued();
        let now = Timestamp::now();
        let disabled = Token { disabled: true, ..token.clone() };
        let expiring = Token { expires: Some(now), ..token };
        assert_eq!(disabled.authenticate(&presented, now), None);
        assert_eq!(expiring.authenticate(&presented, now), None);
        let before = Token { expires: Some(now.plus(Duration::from_millis(1))), ..expiring };
        assert!(before.authenticate(&presented, now).is_some());
    }

    #[test]
    fn the_record_does_not_hold_the_secret() {
        let (token, text) = Token::issue(ada(), Timestamp::now(), None).unwrap();
        let secret = text.expose_secret().rsplit('_').next().unwrap();
        assert!(!serde_json::to_string(&token).unwrap().contains(secret));
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_not_one() {
        for text in [
            "",
            "swt_",
            "swt_a_b",
            "swt__",
            "Bearer x",
            &format!("swt_{}_{}", "a".repeat(16), "g".repeat(64)),
        ] {
            assert!(PresentedToken::parse(text).is_none(), "{text:?}");
        }
    }
}
