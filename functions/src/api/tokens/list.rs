//! `GET /v1/tokens`

use axum::extract::State;

use super::view::TokenView;
use crate::{
    api::{list::List, revalidated::Revalidated, rules::Rules},
    app::App,
    auth::Admin,
    problem::{Problem, kind::ProblemType},
    request::{
        cursor::Scope,
        preconditions::IfNoneMatch,
        query::{PageRequest, Parameters},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::Malformed, ProblemType::Invalid]).with_digest();

/// `GET /v1/tokens`
#[utoipa::path(
    get,
    path = "/v1/tokens",
    operation_id = "listTokens",
    tag = "Tokens",
    summary = "List tokens",
    description = "For admins. Newest first, revoked ones too.",
    params(PageRequest<()>),
    responses((status = 200, description = "A page of tokens.", body = List<TokenView>)),
)]
pub async fn handle(
    State(app): State<App>,
    Admin(caller): Admin,
    known: IfNoneMatch,
    mut parameters: Parameters,
) -> Result<Revalidated<List<TokenView>>, Problem> {
    let scope = Scope::of("tokens", &caller);
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let page = app.table.tokens(limit, after.as_ref()).await?;
    Revalidated::new(&List::of(page, &scope), &known)
}
