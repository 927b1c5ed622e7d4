//! `POST /v1/webhooks/{id}/actions/enable`

use axum::{Json, extract::State};
use domain::{
    audit::WebhookAction,
    auth::rate::Rate,
    webhook::endpoint::{Endpoint, EndpointId, EndpointState},
};

use crate::{
    api::{
        rules::Rules,
        webhooks::{WebhookId, change, find, view::WebhookView},
    },
    app::App,
    problem::{Problem, kind::ProblemType},
    request::actor::Acting,
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, &[ProblemType::NoSuchWebhook]);

/// Enables an endpoint again.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/actions/enable",
    operation_id = "enableWebhook",
    tag = "Webhooks",
    summary = "Enable a webhook again",
    description = "After it was disabled because it was gone, or failed for days. What it missed comes with `replay`. \
        One that is enabled stays as it is.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook as it is now.", body = WebhookView)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
) -> Result<Json<WebhookView>, Problem> {
    let found = find(&app, &actor.principal, id).await?;
    if found.state == EndpointState::Enabled {
        return Ok(Json(found.into()));
    }
    let change = change(&actor, app.clock.now(), WebhookAction::Enable, None, None);
    let enabled = app.table.change_endpoint(id, change, Endpoint::enable).await?.endpoint;
    tracing::info!(webhook = %id, "a webhook was enabled");
    Ok(Json(enabled.into()))
}
