//! `DELETE /v1/webhooks/{id}`

use axum::{extract::State, http::StatusCode};
use domain::{audit::WebhookAction, auth::rate::Rate, webhook::endpoint::EndpointId};

use super::{WebhookId, change, expected, find};
use crate::{
    api::rules::Rules,
    app::App,
    problem::{Problem, kind::ProblemType},
    request::{actor::Acting, preconditions::IfMatch},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[ProblemType::Malformed, ProblemType::NoSuchWebhook, ProblemType::PreconditionFailed],
);

/// Deletes an endpoint.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    operation_id = "deleteWebhook",
    tag = "Webhooks",
    summary = "Delete a webhook",
    description = "It is not notified any more, not even of what is due already.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id."), IfMatch),
    responses((status = 204, description = "It is gone.")),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    find(&app, &actor.principal, id).await?;
    let (now, expected) = (app.clock.now(), expected(&if_match, id));
    let change = change(&actor, now, WebhookAction::Delete, expected.as_deref(), None);
    app.table.change_endpoint(id, change, |found| found.delete(now)).await?;
    tracing::info!(webhook = %id, "a webhook was deleted");
    Ok(StatusCode::NO_CONTENT)
}
