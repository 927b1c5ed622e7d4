//! `DELETE /v1/stores/{id}`

use axum::extract::State;
use domain::{auth::rate::Rate, store::slug::Slug};

use super::{StoreId, accepted::Accepted, find};
use crate::{
    api::rules::Rules,
    app::App,
    commands::{CommandRequest, Commands},
    problem::{Problem, kind::ProblemType},
    request::{actor::Acting, preconditions::IfMatch, trace::Trace},
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(
    Rate::Actions,
    &[
        ProblemType::Malformed,
        ProblemType::NoSuchStore,
        ProblemType::Conflict,
        ProblemType::PreconditionFailed,
    ],
);

/// Deletes a store.
#[utoipa::path(
    delete,
    path = "/v1/stores/{id}",
    operation_id = "deleteStore",
    tag = "Stores",
    summary = "Delete a store",
    description = "With all its data. Deleting it again, while it is going, is the same deletion.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch),
    responses(Accepted),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
) -> Result<Accepted, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = CommandRequest { actor, expected: if_match.expected(), keyed: None };
    Ok(Commands::new(&app, trace.traceparent()).delete_store(store, &request).await?.into())
}
