//! `GET /v1/webhooks/{id}/deliveries/{delivery}`

use axum::{Json, extract::State};
use domain::webhook::endpoint::EndpointId;

use super::{DeliveryPath, find, view::DeliveryView};
use crate::{
    api::rules::Rules,
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::query(&[ProblemType::NoSuchWebhook, ProblemType::NoSuchDelivery]);

/// One delivery.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries/{delivery}",
    operation_id = "getDelivery",
    tag = "Webhooks",
    summary = "Show a delivery",
    params(
        ("id" = inline(EndpointId), Path, description = "The webhook's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    responses((status = 200, description = "The delivery.", body = DeliveryView)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    path: DeliveryPath,
) -> Result<Json<DeliveryView>, Problem> {
    Ok(Json(find(&app, &caller, &path).await?.into()))
}
