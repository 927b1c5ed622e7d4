//! `POST /v1/stores/{id}/actions/hibernate`

use domain::{
    auth::rate::Rate,
    operation::{ExclusiveRequest, Guard},
    store::slug::Slug,
};
use utoipa::ToSchema;

use super::{
    PROBLEMS_WITH_BODY,
    request::{ActionRequest, read_guard},
};
use crate::{
    api::{rules::Rules, stores::operations::accepted::AcceptedOperation},
    problem::Problem,
    request::{
        body::{Fields, OptionalBody, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_WITH_BODY);

/// How a store is stopped.
#[derive(Default, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewHibernation {
    /// With `orders` it waits for a moment without orders and checkouts, and fails with `shop_busy`, nothing changed, where
    /// none comes in time. Unless given, as the platform's operators have decided.
    pub guard: Option<Guard>,
}

impl RequestBody for NewHibernation {
    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { guard: read_guard(fields) })
    }
}

/// Shop and database stop.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/hibernate",
    operation_id = "hibernateStore",
    tag = "Stores",
    summary = "Hibernate a store",
    description = "Stops a store that is `Ready` and `Running`: its visitors are kept out, then its shop stops, and then \
        its database, which shuts down cleanly. Volumes and Secrets stay. Its `power` is `Hibernating` meanwhile \
        (`Running` while it waits for a quiet moment), and `Hibernated` then; should it fail, the store runs again. What \
        makes no sense of a store that is stopped is 409 until it resumes. It can be deleted at any time.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = Option<NewHibernation>,
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    request: ActionRequest,
    body: Result<OptionalBody<NewHibernation>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let OptionalBody(NewHibernation { guard }) = body?;
    let detail = guard.map(|guard| guard.to_string());
    let operation = ExclusiveRequest::Hibernate { guard: request.guard(guard) };
    request.operation(store, operation, detail.as_deref().as_slice()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewHibernation>();
    }
}
