//! `GET /v1/webhooks/{id}`

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::webhook::endpoint::EndpointId;

use super::{WebhookId, find, view::WebhookView};
use crate::{
    api::rules::Rules,
    app::App,
    auth::Caller,
    problem::{Problem, kind::ProblemType},
    request::preconditions::{Etag, IfNoneMatch},
};

/// What holds for this route.
pub(crate) const RULES: Rules =
    Rules::query(&[ProblemType::Malformed, ProblemType::NoSuchWebhook]).with_version();

/// One endpoint.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    operation_id = "getWebhook",
    tag = "Webhooks",
    summary = "Show a webhook",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id.")),
    responses(
        (
            status = 200,
            description = "The webhook, without its secret.",
            body = WebhookView,
        ),
    ),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    WebhookId(id): WebhookId,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let endpoint = find(&app, &caller, id).await?;
    let etag = Etag::of_webhook(&endpoint);
    let headers = [etag.header(), (header::CACHE_CONTROL, "private, no-cache".into())];
    if known.knows(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, Json(WebhookView::from(endpoint))).into_response())
}
