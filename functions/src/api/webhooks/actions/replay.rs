//! `POST /v1/webhooks/{id}/actions/replay`

use axum::{Json, extract::State};
use domain::{
    audit::WebhookAction,
    auth::rate::Rate,
    values::timestamp::Timestamp,
    webhook::{
        delivery::{Delivery, DeliveryState},
        endpoint::{Endpoint, EndpointId, EndpointState},
        notice::Notice,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        rules::Rules,
        webhooks::{WebhookId, change, find},
    },
    app::App,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchWebhook,
        ProblemType::WebhookConflict,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
    ],
);

/// How many events one request looks at.
const AT_ONCE: u16 = 100;

/// Since when an endpoint has missed what happened.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewReplay {
    /// Since when. Events are kept for 30 days.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl RequestBody for NewReplay {
    fn read(fields: &mut Fields) -> Option<Self> {
        let since = fields.text("since", |text| {
            text.parse::<Timestamp>()
                .map_err(|_| "must be a time as of RFC 3339, such as 2027-01-31T09:30:00Z")
        });
        Some(Self { since: since? })
    }
}

/// What a replay has come to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplayView {
    /// How many deliveries are due again by it.
    replayed: usize,
    /// Since when to ask again; null where that was all.
    #[schema(required)]
    next: Option<Timestamp>,
}

/// Sends an endpoint again what it has missed.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/actions/replay",
    operation_id = "replayWebhook",
    tag = "Webhooks",
    summary = "Send a webhook what it missed",
    description = "Of what has happened since a time, all that it wants to hear of and that was not received: what was \
        not sent while it was disabled, and what was given up. The webhook must be enabled. One request looks at 100 \
        events, or at more where all those are of one time; `next` says where to go on.",
    params(("id" = inline(EndpointId), Path, description = "The webhook's id.")),
    request_body = NewReplay,
    responses((status = 200, description = "What is due again.", body = ReplayView)),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    WebhookId(id): WebhookId,
    body: Result<Body<NewReplay>, Problem>,
) -> Result<Json<ReplayView>, Problem> {
    let found = find(&app, &actor.principal, id).await?;
    let Body(NewReplay { since }) = body?;
    if found.state != EndpointState::Enabled {
        return Err(Problem::WebhookConflict { detail: "It is disabled. Enable it first.".into() });
    }
    let change = change(&actor, app.clock.now(), WebhookAction::Replay, None, None);
    let endpoint = app.table.change_endpoint(id, change, |found| found).await?.endpoint;
    let (mut replayed, mut after) = (0, None);
    let next = loop {
        let notices = app.table.notices(&endpoint.scope, since, AT_ONCE, after.as_ref()).await?;
        for notice in &notices {
            replayed += usize::from(again(&app, &endpoint, notice).await?);
        }
        let is_all = notices.len() < usize::from(AT_ONCE);
        match notices.into_iter().last() {
            Some(last) if is_all || last.at > since => break Some(last.at).filter(|_| !is_all),
            // All of one time: a request that begins there would look at the same again.
            Some(last) => after = Some(last),
            None => break None,
        }
    };
    tracing::info!(webhook = %id, replayed, "events are sent to a webhook again");
    Ok(Json(ReplayView { replayed, next }))
}

/// Whether there is a delivery of `notice` that is due by this.
async fn again(app: &App, endpoint: &Endpoint, notice: &Notice) -> Result<bool, Problem> {
    if !notice.concerns(endpoint) {
        return Ok(false);
    }
    let now = app.clock.now();
    let new = Delivery::new(endpoint.id, notice.id, notice.occurrence.event_type(), now);
    let is_due = app.table.create_delivery(&new, notice).await? || {
        let found = app.table.delivery(endpoint.id, notice.id, now).await?;
        let given_up = found.map(|stored| stored.delivery);
        let given_up = given_up.filter(|found| matches!(found.state, DeliveryState::GivenUp { .. }));
        match given_up.and_then(|delivery| delivery.again(now)) {
            Some(again) => app.table.retry_delivery(&again, now).await?,
            None => false,
        }
    };
    if is_due {
        app.webhooks.hint(endpoint.id, notice.id).await;
    }
    Ok(is_due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewReplay>();
    }
}
