//! `POST /v1/stores/{id}/actions/suspend`

use domain::{auth::rate::Rate, operation::ExclusiveRequest, store::slug::Slug, values::reason::Reason};
use utoipa::ToSchema;

use super::{PROBLEMS_WITH_BODY, request::ActionRequest};
use crate::{
    api::{rules::Rules, stores::operations::accepted::AcceptedOperation},
    auth::Admin,
    problem::Problem,
    request::{
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_WITH_BODY);

/// Why a store is suspended.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSuspension {
    /// For whoever looks later: its owner, too, reads it.
    pub reason: Reason,
}

impl RequestBody for NewSuspension {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { reason: fields.text("reason", Reason::parse)? })
    }
}

/// Visitors are kept out.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/suspend",
    operation_id = "suspendStore",
    tag = "Stores",
    summary = "Suspend a store",
    description = "For admins, against abuse. Takes the way in of a store away, and nothing else: visitors get a page that says \
        so, and shop, database, volumes and Secrets stay as they are. It takes a store that is `Ready`, whatever its \
        `power`, or `Failed`. As long as `suspension` is there, no `resume` and no `retry` brings the way in back, and the \
        store can be deleted at any time. Its owner sees since when it is suspended and why, and can't end it. Should it \
        fail, the store is not suspended.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewSuspension,
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    _: Admin,
    request: ActionRequest,
    body: Result<Body<NewSuspension>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let Body(NewSuspension { reason }) = body?;
    let operation = ExclusiveRequest::Suspend { reason: reason.clone() };
    request.operation(store, operation, &[reason.as_str()]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewSuspension>();
    }
}
