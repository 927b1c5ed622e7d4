//! `POST /v1/stores/{id}/actions/restart`

use std::iter;

use domain::{
    auth::rate::Rate,
    operation::{ExclusiveRequest, Guard, RestartTarget},
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
        body::{Body, Fields, RequestBody},
        idempotency::Idempotency,
        preconditions::IfMatch,
        word::one_of,
    },
};

/// What holds for this route.
pub(crate) const RULES: Rules = Rules::command(Rate::Actions, PROBLEMS_WITH_BODY);

/// What is to be restarted.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRestart {
    /// The shop, its database, or the database and then the shop.
    pub target: RestartTarget,
    /// With `orders` it waits for a moment without orders and checkouts, and fails with `shop_busy`, nothing changed, where
    /// none comes in time. Unless given, as the platform's operators have decided.
    pub guard: Option<Guard>,
}

impl RequestBody for NewRestart {
    fn read(fields: &mut Fields) -> Option<Self> {
        let (target, guard) = (fields.text("target", one_of::<RestartTarget>), read_guard(fields));
        Some(Self { target: target?, guard })
    }
}

/// New pods in the place of those that run.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/restart",
    operation_id = "restartStore",
    tag = "Stores",
    summary = "Restart a store",
    description = "Replaces pods of a store that is `Ready`, as `kubectl rollout restart` does, and waits until \
        the new ones are ready. A way in that somebody has taken away in the cluster is made again. A store is busy with one operation at a time.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    request_body = NewRestart,
    responses(AcceptedOperation),
)]
pub(crate) async fn handle(
    request: ActionRequest,
    body: Result<Body<NewRestart>, Problem>,
) -> Result<AcceptedOperation, Problem> {
    let store = request.store().await?;
    let Body(NewRestart { target, guard: named }) = body?;
    let guard = request.guard(named);
    let (target_name, guard_name) = (target.to_string(), named.map(|guard| guard.to_string()));
    let details: Vec<_> = iter::once(target_name.as_str()).chain(guard_name.as_deref()).collect();
    request.operation(store, ExclusiveRequest::Restart { target, guard }, &details).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::body::described;

    #[test]
    fn what_is_described_is_what_is_read() {
        described::assert_as_read::<NewRestart>();
    }
}
