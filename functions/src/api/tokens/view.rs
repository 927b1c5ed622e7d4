//! A token as callers get to see it.

use domain::{
    auth::principal::{Principal, Role},
    auth::principal_name::PrincipalName,
    auth::token::{Token, TokenId},
    values::timestamp::Timestamp,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Token)]
pub struct TokenView {
    /// Its public part.
    id: TokenId,
    /// Whom it stands for.
    principal: PrincipalName,
    /// What its bearer may do.
    role: Role,
    /// When it was issued.
    created_at: Timestamp,
    /// When it ends; null for never.
    #[schema(required)]
    expires_at: Option<Timestamp>,
    /// Whether it was revoked.
    disabled: bool,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, secret_sha256: _, principal, created, expires, disabled, audit: _ } = token;
        let Principal { name, role } = principal;
        Self { id, principal: name, role, created_at: created, expires_at: expires, disabled }
    }
}

/// A token that was just issued, with the text that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    #[serde(flatten)]
    pub(super) view: TokenView,
    /// What its bearer sends.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String, pattern = "^swt_[0-9a-f]{16}_[0-9a-f]{64}$")]
    pub(super) token: SecretString,
}

fn shown<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}
