//! Who calls: a bearer token, looked up in the table, or claims that API Gateway has checked. Both at once is a 400.
//!
//! - *Authenticated first*: the answer to somebody unknown is 401 whatever else is wrong. Failures have a counter of
//!   their own, so an address is not charged for what nobody may do. A request without a token is not counted: it
//!   guesses nothing and costs nothing.
//! - *A token* is looked up by its id and compared by the SHA-256 of its secret, in constant time. What was found is
//!   remembered for `TOKEN_CACHE_SECONDS`, which is how late a revocation counts. Its end counts to the millisecond.
//! - *Guessing ends* at the limit of an address: then only a token that this instance has found good before, secret
//!   included, is looked at. Those behind the same address who don't guess go on.
//! - *A token can't revoke itself*, so the one that revokes is left. Whoever has rights on the table gets in again with
//!   `shopwright token issue`, which the audit trail records too.
//! - *Claims* count where operators have said which of them name the caller and the role (`claims.rs`).

pub mod claims;
pub mod token_cache;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use domain::auth::{
    principal::{Principal, Role},
    rate::{Rate, Source},
    token::{PresentedToken, TokenId},
};

use self::claims::ClaimsError;
use crate::{
    app::App,
    problem::{Problem, Unauthenticated},
    request::gateway::{checked_claims, source_address},
};

/// The caller of a request; a handler that takes it is closed to everybody else.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    /// Who a request is from is found out once, however often it is asked.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let (principal, token) = authenticate(parts, app).await?;
        let caller = Self(principal);
        parts.extensions.insert(caller.clone());
        parts.extensions.insert(CallersToken(token));
        Ok(caller)
    }
}

/// A caller who is an admin; a handler that takes it is closed to all others.
#[derive(Clone, Debug)]
pub struct Admin(pub Principal);

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller(principal) = Caller::from_request_parts(parts, app).await?;
        match principal.role {
            Role::Admin => Ok(Self(principal)),
            Role::Owner => Err(Problem::Forbidden { detail: "Only admins may do this.".into() }),
        }
    }
}

/// The token that a caller was known by; none where it was by claims.
#[derive(Clone, Debug)]
pub struct CallersToken(pub Option<TokenId>);

impl FromRequestParts<App> for CallersToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, app).await?;
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Internal)
    }
}

/// What a request has in its field `Authorization`.
enum Credentials {
    /// Nothing.
    None,
    /// One of our tokens, by its form.
    Token(PresentedToken),
    /// Something else, such as the web token that API Gateway has checked.
    Other,
}

/// Who calls, and by which token.
async fn authenticate(parts: &Parts, app: &App) -> Result<(Principal, Option<TokenId>), Problem> {
    let credentials = credentials(parts);
    let claims = app.settings.claims.as_ref().zip(checked_claims(&parts.extensions));
    match (credentials, claims) {
        (Credentials::Token(_), Some(_)) => Err(Problem::Malformed {
            // RFC 6750, section 3.1: more than one method is an invalid request.
            detail: "It says twice who calls: by a token of this API and by claims. Send one of them.".into(),
        }),
        (Credentials::None | Credentials::Other, Some((settings, claims))) => {
            Ok((settings.principal(claims)?, None))
        }
        (Credentials::Token(presented), None) => {
            let principal = by_token(&presented, parts, app).await?;
            Ok((principal, Some(presented.id().clone())))
        }
        (Credentials::None, None) => Err(Problem::Unauthenticated(Unauthenticated::NoToken)),
        (Credentials::Other, None) => Err(failed(parts, app).await),
    }
}

/// While an address has used up its failures, only a token that was good here before is looked at:
/// guessing ends, and those behind the same address who don't guess go on.
async fn by_token(presented: &PresentedToken, parts: &Parts, app: &App) -> Result<Principal, Problem> {
    let now = app.clock.now();
    let source = Source::of(source_address(&parts.extensions));
    if let Some(exceeded) = app.rates.remembered(Rate::FailedAuthentications, source, now)
        && !app.tokens.knows(presented)
    {
        return Err(exceeded.into());
    }
    let token = app.tokens.find(&app.table, presented, now).await?;
    match token.as_ref().and_then(|token| token.authenticate(presented, now)) {
        Some(principal) => Ok(principal.clone()),
        None => Err(failed(parts, app).await),
    }
}

/// Counts credentials that are not good, and says so. A request without any is not counted: it
/// guesses nothing and costs nothing.
async fn failed(parts: &Parts, app: &App) -> Problem {
    let source = Source::of(source_address(&parts.extensions));
    let counted = app.rates.count(&app.table, Rate::FailedAuthentications, source, app.clock.now()).await;
    counted.map_or_else(Problem::from, |_| Problem::Unauthenticated(Unauthenticated::BadToken))
}

fn credentials(parts: &Parts) -> Credentials {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Credentials::None };
    let token = value.to_str().ok().and_then(|value| value.split_once(' ')).and_then(|(scheme, token)| {
        // RFC 9110, section 11.1: the scheme's case does not matter.
        scheme.eq_ignore_ascii_case("bearer").then(|| PresentedToken::parse(token.trim()))?
    });
    token.map_or(Credentials::Other, Credentials::Token)
}

impl From<ClaimsError> for Problem {
    fn from(error: ClaimsError) -> Self {
        Self::Forbidden { detail: format!("You are not known here: {error}.") }
    }
}
