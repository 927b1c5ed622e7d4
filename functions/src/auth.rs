//! Who calls: a bearer token, looked up in the table.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use domain::{principal::Principal, timestamp::Timestamp, token::PresentedToken};

use crate::{app::App, problem::Problem};

/// The caller of a request; a handler that takes it is closed to everybody else.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let presented = presented(parts).ok_or(Problem::Unauthenticated)?;
        let token = app.table.token(presented.id()).await?.ok_or(Problem::Unauthenticated)?;
        let principal = token.authenticate(&presented, Timestamp::now()).ok_or(Problem::Unauthenticated)?;
        Ok(Self(principal.clone()))
    }
}

fn presented(parts: &Parts) -> Option<PresentedToken> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // RFC 9110, section 11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then(|| PresentedToken::parse(token.trim()))?
}
