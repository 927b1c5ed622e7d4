//! `POST /v1/webhooks/{id}/deliveries/{delivery}/actions/retry`

use axum::{Json, extract::State, http::StatusCode};
use domain::{audit::WebhookAction, auth::rate::Rate, table::StoredDelivery, webhook::endpoint::EndpointId};

use super::{DeliveryPath, find, view::DeliveryView};
use crate::{
    api::{rules::Rules, webhooks::change},
    app::App,
    problem::{Problem, kind::ProblemType},
    request::actor::Acting,
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[ProblemType::NoSuchWebhook, ProblemType::NoSuchDelivery, ProblemType::WebhookConflict],
);

/// Has a delivery tried again.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/deliveries/{delivery}/actions/retry",
    operation_id = "retryDelivery",
    tag = "Webhooks",
    summary = "Try a delivery again",
    description = "At once, however it stands; a receiver knows it by its `webhook-id`. A delivery has 20 tries at most.",
    params(
        ("id" = inline(EndpointId), Path, description = "The webhook's id."),
        ("delivery" = Uuid, Path, description = "The delivery's id."),
    ),
    responses((status = 202, description = "It is due now.", body = DeliveryView)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    path: DeliveryPath,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let StoredDelivery { delivery, notice } = find(&app, &actor.principal, &path).await?;
    let now = app.clock.now();
    let conflict = |detail: &str| Problem::WebhookConflict { detail: detail.into() };
    let again = delivery.again(now).ok_or_else(|| conflict("It was tried as often as may be."))?;
    let retried = change(&actor, now, WebhookAction::Retry, None, None);
    app.table.change_endpoint(path.webhook, retried, |found| found).await?;
    if !app.table.retry_delivery(&again, now).await? {
        return Err(conflict("It is being tried at this moment."));
    }
    app.webhooks.hint(path.webhook, notice.id).await;
    Ok((StatusCode::ACCEPTED, Json(StoredDelivery { delivery: again, notice }.into())))
}
