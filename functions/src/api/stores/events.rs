//! The resource `/v1/stores/{id}/events`.

use axum::{Json, extract::State};
use domain::{provisioning::event::Event, store::slug::Slug};

use crate::{
    api::list::List,
    api::rules::Rules,
    api::stores::{self, StoreId},
    app::App,
    auth::Caller,
    problem::Problem,
    problem::kind::ProblemType,
    request::cursor::Scope,
    request::query::{PageRequest, Parameters},
};

/// How many events a page has by default: those of a provisioning and a teardown, mostly.
const USUAL_LIMIT: u8 = 100;

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore, ProblemType::Invalid]);

/// `GET /v1/stores/{id}/events`: the timeline, oldest first; of a deleted store too, as long as its
/// record is kept.
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/events",
    operation_id = "listEvents",
    tag = "Stores",
    summary = "Show a store's timeline",
    description = "Oldest first, 100 on a page by default; of a deleted store too, for 30 days or until its \
        name is used again.",
    params(("id" = inline(Slug), Path, description = "The store's id."), PageRequest<()>),
    responses((status = 200, description = "A page of events.", body = List<Event>)),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
    mut parameters: Parameters,
) -> Result<Json<List<Event>>, Problem> {
    let store = stores::find_with_tombstone(&app, &caller, &id).await?;
    // A later store of the name has a timeline of its own.
    let scope = Scope::of("events", &caller).filtered("uid", Some(store.uid));
    let PageRequest { limit, after } = parameters.page_of(USUAL_LIMIT, &scope);
    parameters.end()?;
    let page = app.table.event_page(&store.id, store.uid, limit, after, app.clock.now()).await?;
    Ok(Json(List::of(page, &scope)))
}
