//! `POST /v1/stores/{id}/actions/unmute`

use axum::extract::State;
use domain::{auth::rate::Rate, store::slug::Slug};

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
    request::{actor::Acting, idempotency::Idempotency, preconditions::IfMatch, trace::Trace},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::PreconditionFailed,
        ProblemType::KeyReused,
    ],
);

/// What was muted is heard again.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/unmute",
    operation_id = "unmuteStore",
    tag = "Stores",
    summary = "Hear again what was muted of a store",
    description = "Where nothing is muted, nothing changes.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
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
) -> Result<MutedAttention, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = command_request(actor, &if_match, key, &["unmute", id.as_str()]);
    let heard = Commands::new(&app, trace.traceparent()).mute_store(store, None, &request).await?;
    Ok(MutedAttention::of(heard, app.clock.now()))
}
