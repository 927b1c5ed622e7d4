//! `PATCH /v1/webhooks/{id}`

use axum::{Json, extract::State, http::HeaderName};
use domain::{
    audit::WebhookAction,
    auth::rate::Rate,
    webhook::{
        description::Description,
        endpoint::{Endpoint, EndpointId},
        pattern::EventPatterns,
    },
};
use outbound::target::Target;
use utoipa::ToSchema;

use super::{WebhookId, change, create::patterns, expected, find, view::WebhookView};
use crate::{
    api::rules::Rules,
    app::App,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
        preconditions::{Etag, IfMatch},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchWebhook,
        ProblemType::PreconditionFailed,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
    ],
);

/// What is to be another one of an endpoint; what is not said stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookChange {
    /// Where it is.
    #[schema(value_type = Option<String>, max_length = 2048)]
    pub url: Option<Target>,
    /// What it wants to hear of.
    #[schema(value_type = Option<Vec<String>>, min_items = 1)]
    pub events: Option<EventPatterns>,
    /// What its owner says of it.
    pub description: Option<Description>,
}

impl RequestBody for WebhookChange {
    fn read(fields: &mut Fields) -> Option<Self> {
        let policy = fields.outbound();
        let url = fields.optional_text("url", |text| Target::parse(text, policy));
        let events = fields.optional_texts("events", patterns);
        let description = fields.optional_text("description", Description::parse);
        Some(Self { url, events, description })
    }
}

/// Changes an endpoint.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    operation_id = "updateWebhook",
    tag = "Webhooks",
    summary = "Change a webhook",
    description = "What is not said stays as it is. Deliveries that are due go where it is then.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id."), IfMatch),
    request_body = WebhookChange,
    responses((
        status = 200,
        description = "The webhook as it is now.",
        body = WebhookView,
        headers(("ETag" = String, description = "Its version.")),
    )),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
    if_match: IfMatch,
    body: Result<Body<WebhookChange>, Problem>,
) -> Result<([(HeaderName, String); 1], Json<WebhookView>), Problem> {
    find(&app, &actor.principal, id).await?;
    let Body(WebhookChange { url, events, description }) = body?;
    let url = url.map(|target| target.to_string());
    let expected = expected(&if_match, id);
    let change = change(&actor, app.clock.now(), WebhookAction::Update, expected.as_deref(), None);
    let changed = app.table.change_endpoint(id, change, |found| Endpoint {
        url: url.clone().unwrap_or(found.url),
        events: events.clone().unwrap_or(found.events),
        description: description.clone().or(found.description),
        ..found
    });
    let endpoint = changed.await?.endpoint;
    tracing::info!(webhook = %id, "a webhook was changed");
    Ok(([Etag::of_webhook(&endpoint).header()], Json(endpoint.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<WebhookChange>();
    }
}
