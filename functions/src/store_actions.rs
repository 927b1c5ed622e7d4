//! The resource `/v1/stores/{id}/actions`: what a store can be made to do.

use axum::extract::State;
use domain::{
    slug::Slug,
    table::{Changed, Wish},
};

use crate::{
    accepted::Accepted,
    actor::Acting,
    app::App,
    etag::{Etag, IfMatch},
    idempotency::Idempotency,
    problem::Problem,
    stores::{StoreId, find},
    trace::Trace,
};

/// `POST /v1/stores/{id}/actions/retry`: what failed is tried again.
#[utoipa::path(
    post,
    path = "/v1/stores/{id}/actions/retry",
    operation_id = "retryStore",
    tag = "Stores",
    summary = "Try a failed store again",
    description = "It is made from the start again, or, where its deletion had failed, deleted.",
    params(("id" = inline(Slug), Path, description = "The store's id."), IfMatch, Idempotency),
    responses(Accepted),
)]
pub async fn retry(
    State(app): State<App>,
    Acting(actor): Acting,
    trace: Trace,
    StoreId(id): StoreId,
    if_match: IfMatch,
    key: Idempotency,
) -> Result<Accepted, Problem> {
    let store = find(&app, &actor.principal, &id).await?;
    let request = key.request(&actor.principal.name, &["retry", id.as_str()]);
    let wish = Wish {
        actor: &actor,
        now: app.clock.now(),
        allows: &|store| if_match.allows(&Etag::of(store)),
        request: request.as_ref(),
    };
    let changed = app.table.request_retry(store, wish).await?;
    if let Changed::Now(store) = &changed {
        tracing::info!(store = %store.id, uid = %store.uid, status = %store.state.status(), "a failed store is tried again");
    }
    Accepted::of(&app, &trace, changed).await
}
