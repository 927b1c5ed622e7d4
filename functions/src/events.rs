//! The resource `/v1/stores/{id}/events`.

use axum::{Json, extract::State};
use domain::event::Event;

use crate::{
    app::App,
    auth::Caller,
    problem::Problem,
    stores::{self, List, StoreId},
};

/// `GET /v1/stores/{id}/events`: the timeline, oldest first; of a deleted store too, as long as its
/// record is kept.
pub async fn list(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
) -> Result<Json<List<Event>>, Problem> {
    let store = stores::find_with_tombstone(&app, &caller, &id).await?;
    let items = app.table.events(&store.id, store.uid).await?;
    Ok(Json(List { items, next_cursor: None }))
}
