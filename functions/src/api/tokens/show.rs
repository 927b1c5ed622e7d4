//! `GET /v1/tokens/{id}`

use axum::{Json, extract::State};
use domain::auth::token::TokenId;

use super::{PathTokenId, view::TokenView};
use crate::{
    api::rules::Rules,
    app::App,
    auth::Admin,
    problem::{Problem, kind::ProblemType},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchToken]);

/// `GET /v1/tokens/{id}`
#[utoipa::path(
    get,
    path = "/v1/tokens/{id}",
    operation_id = "getToken",
    tag = "Tokens",
    summary = "Show a token",
    description = "For admins.",
    params(("id" = inline(TokenId), Path, description = "The token's id.")),
    responses((status = 200, description = "The token.", body = TokenView)),
)]
pub async fn handle(
    State(app): State<App>,
    Admin(_): Admin,
    PathTokenId(id): PathTokenId,
) -> Result<Json<TokenView>, Problem> {
    let token = app.table.token(&id).await?;
    Ok(Json(token.ok_or_else(|| Problem::NoSuchToken { id: id.to_string() })?.into()))
}
