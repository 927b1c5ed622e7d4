//! `GET /v1/stores/{id}/operations`

use axum::{Json, extract::State};
use domain::store::slug::Slug;

use super::view::OperationView;
use crate::{
    api::{
        list::List,
        rules::Rules,
        stores::{self, StoreId},
    },
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::{
        cursor::Scope,
        query::{PageRequest, Parameters},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore, ProblemType::Invalid]);

/// A page of the operations on a store.
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/operations",
    operation_id = "listOperations",
    tag = "Stores",
    summary = "Show what a store was made to do",
    description = "Newest first; of a deleted store too, for 30 days or until its name is used again.",
    params(("id" = inline(Slug), Path, description = "The store's id."), PageRequest<()>),
    responses((status = 200, description = "A page of operations.", body = List<OperationView>)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
    mut parameters: Parameters,
) -> Result<Json<List<OperationView>>, Problem> {
    let store = stores::find_with_tombstone(&app, &caller, &id).await?;
    // Those on a later store of the name are a list of their own.
    let scope = Scope::of("operations", &caller).filtered("uid", Some(store.uid));
    let PageRequest { limit, after } = parameters.page(&scope);
    parameters.end()?;
    let page = app.table.operation_page(&store.id, store.uid, limit, after, app.clock.now()).await?;
    Ok(Json(List::of(page, &scope)))
}
