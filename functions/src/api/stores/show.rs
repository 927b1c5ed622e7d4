//! `GET /v1/stores/{id}`

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::store::slug::Slug;

use super::{StoreId, find, view::StoreView};
use crate::{
    api::{revalidated::REVALIDATE, rules::Rules},
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::preconditions::{Etag, IfNoneMatch},
};

/// What holds for this route.
pub(crate) const RULES: Rules =
    Rules::query(&[ProblemType::Malformed, ProblemType::NoSuchStore]).with_version();

/// `GET /v1/stores/{id}`
#[utoipa::path(
    get,
    path = "/v1/stores/{id}",
    operation_id = "getStore",
    tag = "Stores",
    summary = "Show a store",
    params(("id" = inline(Slug), Path, description = "The store's id.")),
    responses(
        (
            status = 200,
            description = "The store.",
            body = StoreView,
        ),
    ),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let store = find(&app, &caller, &id).await?;
    let etag = Etag::of(&store);
    let headers = [etag.header(), (header::CACHE_CONTROL, REVALIDATE.into())];
    if known.knows(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let log = app.table.failure_log(&store).await?;
    Ok((headers, Json(StoreView::from(store).with_log(log))).into_response())
}
