//! `POST /v1/webhooks/{id}/actions/rotate-secret`

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::AppendHeaders,
};
use domain::{audit::WebhookAction, auth::rate::Rate, webhook::endpoint::EndpointId};

use crate::{
    api::{
        rules::Rules,
        webhooks::{WebhookId, change, expected, find, view::WebhookWithSecret},
    },
    app::App,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        idempotency::{Idempotency, REPLAYED},
        preconditions::IfMatch,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchWebhook,
        ProblemType::PreconditionFailed,
        ProblemType::KeyReused,
    ],
);

type Rotated = (
    [(HeaderName, &'static str); 1],
    AppendHeaders<Option<(HeaderName, HeaderValue)>>,
    Json<WebhookWithSecret>,
);

/// Gives an endpoint another secret.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/actions/rotate-secret",
    operation_id = "rotateWebhookSecret",
    tag = "Webhooks",
    summary = "Give a webhook another secret",
    description = "The secret before signs too for 24 hours. Who rotates twice in that time ends the first at once.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id."), IfMatch, Idempotency),
    responses((
        status = 200,
        description = "The webhook with its new secret.",
        body = WebhookWithSecret,
        headers(
            ("Cache-Control" = String, description = "`no-store`: the answer has a secret."),
            ("Idempotency-Replayed" = String, description = "`true` where the same request did it before."),
        ),
    )),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<Rotated, Problem> {
    find(&app, &actor.principal, id).await?;
    // Nobody is to learn afterwards that there is no secret.
    app.webhooks.key.get().await?;
    let keyed = key.request(&actor.principal.name, &["rotate webhook secret", &id.to_string()]);
    let (now, expected) = (app.clock.now(), expected(&if_match, id));
    let change = change(&actor, now, WebhookAction::RotateSecret, expected.as_deref(), keyed.as_ref());
    let rotated = app.table.change_endpoint(id, change, |found| found.rotate(now)).await?;
    tracing::info!(webhook = %id, is_replay = rotated.is_replay, "a webhook got another secret");
    let generation = rotated.endpoint.generation;
    let view = WebhookWithSecret::of(&app, rotated.endpoint, generation).await?;
    let replayed = AppendHeaders(rotated.is_replay.then_some(REPLAYED));
    Ok(([(header::CACHE_CONTROL, "no-store")], replayed, Json(view)))
}
