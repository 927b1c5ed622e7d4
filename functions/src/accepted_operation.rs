//! The answer that an operation was asked for: 202, with the operation and where to follow it.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    http::{HeaderName, StatusCode},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{operation::Operation, store::slug::Slug};
use utoipa::{
    IntoResponses,
    openapi::{self, RefOr},
};

use crate::{
    accepted::described,
    commands::CommandResult,
    metrics::Done,
    operations::{self, OperationView},
    request::idempotency::REPLAYED,
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
    done: Done,
}

impl AcceptedOperation {
    /// What came of asking for an operation on the store `id`.
    #[must_use]
    pub fn new(
        id: &Slug,
        CommandResult { subject, is_replay, job_not_sent }: CommandResult<Operation>,
    ) -> Self {
        let location = operations::location(id, subject.id);
        let done = Done { store_created: false, job_not_sent };
        Self { location, operation: subject, replayed: is_replay, done }
    }
}

impl IntoResponse for AcceptedOperation {
    fn into_response(self) -> Response {
        let replayed = AppendHeaders(self.replayed.then_some(REPLAYED));
        let view = Json(OperationView::from(self.operation));
        let headers = [(OPERATION_LOCATION, self.location)];
        (StatusCode::ACCEPTED, headers, replayed, Extension(self.done), view).into_response()
    }
}

impl IntoResponses for AcceptedOperation {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        described::<OperationView>("the operation", ("Operation-Location", "Where to follow it."))
    }
}
