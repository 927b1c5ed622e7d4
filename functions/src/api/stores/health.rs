//! The resource `/v1/stores/{id}/health`: how a store does in the cluster, independent of its status.

use axum::{Json, extract::State};
use domain::{health::HealthReport, store::slug::Slug};
use futures_util::try_join;

use crate::{
    api::rules::Rules,
    api::stores::{self, StoreId},
    app::App,
    auth::Caller,
    problem::Problem,
    problem::kind::ProblemType,
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchStore]);

/// `GET /v1/stores/{id}/health`: what the runners' last pass saw. Of a store that is gone nothing is left to
/// be seen, unlike its timeline.
#[utoipa::path(
    get,
    path = "/v1/stores/{id}/health",
    operation_id = "getStoreHealth",
    tag = "Stores",
    summary = "Show how a store does in the cluster",
    description = "As a runner saw it at `observedAt`; runners observe all stores every 30 seconds unless configured \
        otherwise. `Unknown` where a store is not `Ready`, or was not seen for three times as long. It \
        changes nothing of the store's `status`; the timeline has each change as `health_changed`.",
    params(("id" = inline(Slug), Path, description = "The store's id.")),
    responses((status = 200, description = "The store's health.", body = HealthReport)),
)]
pub async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    StoreId(id): StoreId,
) -> Result<Json<HealthReport>, Problem> {
    let store = stores::find(&app, &caller, &id).await?;
    let (record, pass) = try_join!(app.table.health(&store.id, store.uid), app.table.last_health_sweep())?;
    Ok(Json(HealthReport::of(&store.state, record, pass, app.clock.now())))
}
