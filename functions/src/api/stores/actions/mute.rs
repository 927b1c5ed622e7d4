//! `POST /v1/stores/{id}/actions/mute`

use std::time::Duration;

use domain::{
    attention::Mute,
    auth::rate::Rate,
    store::slug::Slug,
    values::{reason::Reason, timestamp::Timestamp},
};
use utoipa::ToSchema;

use super::{
    muted::{MutedAttention, StoreAttention},
    request::ActionRequest,
};
use crate::{
    api::rules::Rules,
    problem::{Problem, kind::ProblemType},
    request::{
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
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

/// Until when it is to be muted, and why.
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

/// What needs attention of a store is muted for a while.
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
    request: ActionRequest,
    body: Result<Body<NewMute>, Problem>,
) -> Result<MutedAttention, Problem> {
    let store = request.store().await?;
    let Body(NewMute { until, reason }) = body?;
    let mute = Mute { until, reason, by: request.actor.principal.name.clone() };
    let command = request.command("mute", &[&until.to_string(), mute.reason.as_str()]);
    let muted = request.commands().mute_store(store, Some(&mute), &command).await?;
    Ok(MutedAttention::of(muted, request.app.clock.now()))
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
