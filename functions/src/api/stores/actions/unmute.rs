//! `POST /v1/stores/{id}/actions/unmute`

use domain::{auth::rate::Rate, store::slug::Slug};

use super::{
    PROBLEMS_AT_ONCE,
    muted::{MutedAttention, StoreAttention},
    request::ActionRequest,
};
use crate::{
    api::rules::Rules,
    problem::Problem,
    request::{idempotency::Idempotency, preconditions::IfMatch},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_AT_ONCE);

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
pub(crate) async fn handle(request: ActionRequest) -> Result<MutedAttention, Problem> {
    let store = request.store().await?;
    let command = request.command("unmute", &[]);
    let heard = request.commands().mute_store(store, None, &command).await?;
    Ok(MutedAttention::of(heard, request.app.clock.now()))
}
