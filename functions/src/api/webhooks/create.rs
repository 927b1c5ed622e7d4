//! `POST /v1/webhooks`

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::AppendHeaders,
};
use domain::{
    auth::{principal::Role, principal_name::PrincipalName, rate::Rate},
    table::{MadeEndpoint, NewEndpoint},
    webhook::{
        description::Description,
        endpoint::{Endpoint, Generation, Scope},
        pattern::{EventPattern, EventPatterns},
    },
};
use outbound::target::Target;
use utoipa::ToSchema;

use super::view::WebhookWithSecret;
use crate::{
    api::{links, rules::Rules},
    app::App,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
        idempotency::{Idempotency, REPLAYED},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::Forbidden,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::KeyReused,
        ProblemType::WebhookQuota,
    ],
);

/// What an endpoint is made from.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWebhook {
    /// Where it is: `https`, on port 443 or 80, at a public address.
    #[schema(value_type = String, max_length = 2048, examples("https://example.com/hooks"))]
    pub url: Target,
    /// What it wants to hear of: names of events, groups such as `store.*`, or `*`.
    #[schema(value_type = Vec<String>, min_items = 1, examples(json!(["store.*"])))]
    pub events: EventPatterns,
    /// What its owner says of it.
    pub description: Option<Description>,
    /// Whose stores it hears of. Owners need not say it; of admins, it is all owners where this is not said.
    #[schema(value_type = Option<String>)]
    pub owner: Option<PrincipalName>,
}

/// The patterns that `texts` are.
pub(super) fn patterns(texts: Vec<String>) -> Result<EventPatterns, String> {
    let parse = |text: &String| text.parse::<EventPattern>().map_err(|error| format!("{text:?} {error}"));
    let patterns = texts.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    patterns.try_into().map_err(|error: domain::webhook::pattern::NoEventPattern| error.to_string())
}

impl RequestBody for NewWebhook {
    fn read(fields: &mut Fields) -> Option<Self> {
        let policy = fields.outbound();
        let url = fields.text("url", |text| Target::parse(text, policy));
        let events = fields.texts("events", patterns);
        let description = fields.optional_text("description", Description::parse);
        let owner = fields.optional_text("owner", PrincipalName::parse);
        Some(Self { url: url?, events: events?, description, owner })
    }
}

/// Makes an endpoint.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    operation_id = "createWebhook",
    tag = "Webhooks",
    summary = "Create a webhook",
    description = "It hears of each change that begins after this is answered. Its secret is in this answer, and in \
        that of a rotation, and nowhere else.",
    params(Idempotency),
    request_body = NewWebhook,
    responses((
        status = 201,
        description = "It is made.",
        body = WebhookWithSecret,
        headers(
            ("Location" = String, description = "Where it is shown, without its secret."),
            ("Cache-Control" = String, description = "`no-store`: the answer has a secret."),
            ("Idempotency-Replayed" = String, description = "`true` where the same request made it before."),
        ),
    )),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    key: Idempotency,
    Body(NewWebhook { url, events, description, owner }): Body<NewWebhook>,
) -> Result<Created, Problem> {
    let caller = &actor.principal;
    let scope = match (caller.role, owner) {
        (Role::Admin, None) => Scope::All,
        (Role::Admin, Some(owner)) => Scope::Owner(owner),
        (Role::Owner, Some(owner)) if owner != caller.name => {
            let detail = "Only admins may hear of the stores of others.".into();
            return Err(Problem::Forbidden { detail });
        }
        (Role::Owner, _) => Scope::Owner(caller.name.clone()),
    };
    let url = url.to_string();
    let patterns: Vec<_> = events.iter().map(|pattern| pattern.to_string()).collect();
    let described = description.as_ref().map_or("", Description::as_str);
    let owner = scope.to_string();
    let parts = ["create webhook", &url, &patterns.join(" "), described, &owner];
    let keyed = key.request(&caller.name, &parts);
    // Nobody is to learn afterwards that there is no secret.
    app.webhooks.key.get().await?;
    let endpoint = Endpoint::new(scope, url, events, description, app.clock.now());
    let new = NewEndpoint { endpoint, actor: &actor, keyed: keyed.as_ref() };
    let MadeEndpoint { endpoint, is_replay } = app.table.create_endpoint(new).await?;
    tracing::info!(webhook = %endpoint.id, scope = %endpoint.scope, is_replay, "a webhook was created");
    let headers =
        [(header::LOCATION, links::webhook(endpoint.id)), (header::CACHE_CONTROL, "no-store".into())];
    let view = WebhookWithSecret::of(&app, endpoint, Generation::FIRST).await?;
    Ok((StatusCode::CREATED, headers, AppendHeaders(is_replay.then_some(REPLAYED)), Json(view)))
}

type Created = (
    StatusCode,
    [(HeaderName, String); 2],
    AppendHeaders<Option<(HeaderName, axum::http::HeaderValue)>>,
    Json<WebhookWithSecret>,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewWebhook>();
    }
}
