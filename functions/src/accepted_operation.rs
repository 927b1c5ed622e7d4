//! The answer that an operation was asked for: 202, with the operation and where to follow it.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{
    idempotency::Made,
    operation::{Asked, InquiryKey, Operation, PendingOperation},
    queue::job::Job,
    store::Store,
    table::Changed,
};
use utoipa::{
    IntoResponses,
    openapi::{self, RefOr},
};

use crate::{
    accepted::{described, gone, living, send_job},
    api::links,
    app::App,
    operations::OperationView,
    problem::Problem,
    request::idempotency::REPLAYED,
    request::trace::Trace,
};

/// Where the operation can be followed that was asked for.
const OPERATION_LOCATION: HeaderName = HeaderName::from_static("operation-location");

/// The operation that a request has asked for, or one like it before.
#[derive(Debug)]
pub struct AcceptedOperation {
    location: String,
    operation: Operation,
    /// Whether it was asked for by the same request, sent before.
    replayed: bool,
}

impl AcceptedOperation {
    /// What came of asking for `order`.
    ///
    /// # Errors
    /// [`Problem::Conflict`] when the same request's operation is gone; or what the table answers.
    pub async fn of<W: Into<Asked>>(
        app: &App,
        trace: &Trace,
        changed: Changed,
        order: PendingOperation<W>,
    ) -> Result<Self, Problem> {
        match changed {
            Changed::Applied(store) | Changed::NoOp(store) => {
                Ok(Self::begun(app, trace, &store, order.into()).await)
            }
            Changed::Replayed(made) => Self::again(app, trace, made).await,
        }
    }

    /// `operation` on `store` was asked for; a runner is told.
    async fn begun(app: &App, trace: &Trace, store: &Store, operation: Operation) -> Self {
        send_job(app, job(store, &operation), trace).await;
        let location = links::operation(&store.id, operation.order.id);
        Self { location, operation, replayed: false }
    }

    /// What the same request asked for before, as it is now. A runner is told once more: it may be that
    /// it was not the first time.
    async fn again(app: &App, trace: &Trace, made: Made) -> Result<Self, Problem> {
        let (id, uid, operation) = match made {
            Made::Operation { id, uid, operation } => (id, uid, operation),
            // The key is that of another kind of request, which would have been told by its digest.
            Made::Store { .. } => return Err(Problem::KeyReused),
        };
        let store = living(app, &id, uid).await?;
        let operation = app.table.operation(&id, uid, operation, app.clock.now()).await?.ok_or_else(gone)?;
        Ok(Self { replayed: true, ..Self::begun(app, trace, &store, operation).await })
    }
}

/// What a runner is told of `operation` on `store`; `None` when there is nothing left to do.
fn job(store: &Store, operation: &Operation) -> Option<Job> {
    match &operation.order.work {
        Asked::Work(_) => Job::of(store),
        Asked::Inquiry(_) if operation.end.is_some() => None,
        Asked::Inquiry(inquiry) => {
            let key = InquiryKey { store: store.id.clone(), uid: store.uid, operation: operation.order.id };
            Some(Job::of_inquiry(&key, inquiry.task()))
        }
    }
}

impl IntoResponse for AcceptedOperation {
    fn into_response(self) -> Response {
        let replayed = AppendHeaders(self.replayed.then_some(REPLAYED));
        let view = Json(OperationView::from(self.operation));
        let headers = [(OPERATION_LOCATION, self.location)];
        (StatusCode::ACCEPTED, headers, replayed, view).into_response()
    }
}

impl IntoResponses for AcceptedOperation {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        described::<OperationView>("the operation", ("Operation-Location", "Where to follow it."))
    }
}
