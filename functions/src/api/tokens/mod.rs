//! The resource `/v1/tokens`, for admins.

pub mod issue;
pub mod list;
pub mod revoke;
pub mod show;
pub mod view;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::auth::token::TokenId;

use crate::problem::Problem;

/// The id in the path `/v1/tokens/{id}`. What can't be an id is no token's.
#[derive(Clone, Debug)]
pub struct PathTokenId(pub TokenId);

impl<S: Send + Sync> FromRequestParts<S> for PathTokenId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::NoSuchToken { id: parts.uri.path().to_owned() })?;
        TokenId::parse(&id).map(Self).ok_or(Problem::NoSuchToken { id })
    }
}
