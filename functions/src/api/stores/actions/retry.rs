//! `POST /v1/stores/{id}/actions/retry`

use axum::extract::State;
use domain::{auth::rate::Rate, store::slug::Slug};

use super::command_request;
use crate::{
    api::{
        rules::Rules,
        stores::{StoreId, accepted::Accepted, find},
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
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<Accepted, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = command_request(actor, &if_match, key, &["retry", id.as_str()]);
    Ok(Commands::new(&app, trace.traceparent()).retry_store(store, &request).await?.into())
}
