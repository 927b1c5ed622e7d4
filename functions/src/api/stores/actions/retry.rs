//! `POST /v1/stores/{id}/actions/retry`

use domain::{auth::rate::Rate, store::slug::Slug};

use super::{PROBLEMS_AT_ONCE, request::ActionRequest};
use crate::{
    api::{rules::Rules, stores::accepted::Accepted},
    problem::Problem,
    request::{idempotency::Idempotency, preconditions::IfMatch},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_AT_ONCE);

/// What failed is tried again.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/retry",
    operation_id = "retryStore",
    tag = "Stores",
    summary = "Try a failed store again",
    description = "It is made from the start again, or, where its deletion had failed, deleted. One of which an upgrade was \
        left half done is upgraded again, to the same image: its `operation` is that.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    responses(Accepted),
)]
pub(crate) async fn handle(request: ActionRequest) -> Result<Accepted, Problem> {
    let store = request.store().await?;
    let command = request.command("retry", &[]);
    Ok(request.commands().retry_store(store, &command).await?.into())
}
