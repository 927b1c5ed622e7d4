//! `POST /v1/stores/{id}/actions/mute`

use std::time::Duration;

use axum::extract::State;
use domain::{
    attention::Mute,
    auth::rate::Rate,
    store::slug::Slug,
    values::{reason::Reason, timestamp::Timestamp},
};
use utoipa::ToSchema;

use super::{
    command_request,
    muted::{MutedAttention, StoreAttention},
};
use crate::{
    api::{
        rules::Rules,
        stores::{StoreId, find},
    },
    app::App,
    commands::Commands,
    problem::{Problem, kind::ProblemType},
    request::{
        actor::Acting,
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
        trace::Trace,
    },
};

/// For how long something may be muted: what is longer is forgotten.
const AT_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::PreconditionFailed,
        ProblemType::TooLarge,
        ProblemType::UnsupportedMediaType,
        ProblemType::Invalid,
        ProblemType::KeyReused,
    ],
);

/// For how long nobody wants to be told, and why.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMute {
    /// Until then; 30 days from now at the latest.
    pub until: Timestamp,
    /// Why, for whoever looks later.
    pub reason: Reason,
}

impl RequestBody for NewMute {
    fn read(fields: &mut Fields) -> Option<Self> {
        let now = fields.now();
        let until = fields.text("until", |text| match text.parse::<Timestamp>() {
            Ok(until) if until <= now => Err("must be to come"),
            Ok(until) if until > now.plus(AT_MOST) => Err("must be within 30 days"),
            Ok(until) => Ok(until),
            Err(_) => Err("must be a time, such as 2027-01-31T09:30:00Z"),
        });
        let reason = fields.text("reason", Reason::parse);
        Some(Self { until: until?, reason: reason? })
    }
}

/// Nobody wants to be told for a while.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/mute",
    operation_id = "muteStore",
    tag = "Stores",
    summary = "Mute what needs attention of a store",
    description = "What is written down of it at the moment: its failure, its health, its failed operations. The list leaves \
        them out until then, unless asked for. A mute ends before that when what it is about ends or becomes something \
        else: a store that goes from `Degraded` to `Down`, or fails again, is heard. That a store is slow can't be muted: \
        it ends by itself.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewMute,
    responses((
        status = 200,
        description = "It is done; what needs attention of the store now, muted or not.",
        body = StoreAttention,
        headers((
            "Idempotency-Replayed" = String,
            description = "`true` where the same request with the same key was carried out before."
        )),
    )),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
    body: Result<Body<NewMute>, Problem>,
) -> Result<MutedAttention, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let Body(NewMute { until, reason }) = body?;
    let mute = Mute { until, reason, by: actor.principal.name.clone() };
    let parts = ["mute", id.as_str(), &until.to_string(), mute.reason.as_str()];
    let request = command_request(actor, &if_match, key, &parts);
    let muted = Commands::new(&app, trace.traceparent()).mute_store(store, Some(&mute), &request).await?;
    Ok(MutedAttention::of(muted, app.clock.now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewMute>();
    }
}
