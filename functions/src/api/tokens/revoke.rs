//! `DELETE /v1/tokens/{id}`

use axum::{Json, extract::State};
use domain::{auth::rate::Rate, auth::token::TokenId, table::RevokeError};

use super::{PathTokenId, view::TokenView};
use crate::{
    api::rules::Rules,
    app::App,
    auth::{Admin, CallersToken},
    problem::{Problem, kind::ProblemType},
    request::actor::Acting,
};

/// What holds for this route.
pub(crate) const RULES: Rules =
    Rules::command(Rate::Actions, &[ProblemType::NoSuchToken, ProblemType::OwnToken]);

/// `DELETE /v1/tokens/{id}`: revokes it. Its record stays, and says so.
///
/// A token can't revoke itself, so one that is good is always left: the one that revokes.
#[utoipa::path(
    delete,
    path = "/v1/tokens/{id}",
    operation_id = "revokeToken",
    tag = "Tokens",
    summary = "Revoke a token",
    description = "For admins. Its record stays. It may count for as long as look-ups are remembered, 30 s \
        unless the operators have set that otherwise.",
    params(("id" = inline(TokenId), Path, description = "The token's id.")),
    responses((status = 200, description = "It is revoked, now or before.", body = TokenView)),
)]
pub async fn handle(
    State(app): State<App>,
    Admin(_): Admin,
    CallersToken(own): CallersToken,
    Acting(actor): Acting,
    PathTokenId(id): PathTokenId,
) -> Result<Json<TokenView>, Problem> {
    if own.as_ref() == Some(&id) {
        return Err(Problem::OwnToken);
    }
    let token = app.table.revoke_token(&id, &actor, app.clock.now()).await?;
    app.tokens.forget(&id);
    tracing::info!(token = %token.id, principal = %token.principal.name, "a token was revoked");
    Ok(Json(token.into()))
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotFound(id) => Self::NoSuchToken { id: id.to_string() },
            RevokeError::Contended(_) => Self::Unavailable,
            RevokeError::Table(error) => error.into(),
        }
    }
}
