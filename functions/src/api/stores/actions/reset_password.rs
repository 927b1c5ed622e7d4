//! `POST /v1/stores/{id}/actions/reset-password`

use axum::extract::State;
use domain::{auth::rate::Rate, operation::ExclusiveRequest, store::slug::Slug};

use super::{ask, command_request};
use crate::{
    api::{
        rules::Rules,
        stores::{StoreId, find, operations::accepted::AcceptedOperation},
    },
    app::App,
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
        ProblemType::OperationInProgress,
        ProblemType::PreconditionFailed,
        ProblemType::KeyReused,
    ],
);

/// A new password for the shop's administrator.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/reset-password",
    operation_id = "resetPassword",
    tag = "Stores",
    summary = "Reset the administrator's password",
    description = "Gives the user `admin` of a store that is `Ready` a new, random password, which WordPress and \
        the store's Secret then have, and nobody else. A store is busy with one operation at a time.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<AcceptedOperation, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = command_request(actor, &if_match, key, &["reset-password", id.as_str()]);
    ask(&app, &trace, store, ExclusiveRequest::ResetPassword, &request).await
}
