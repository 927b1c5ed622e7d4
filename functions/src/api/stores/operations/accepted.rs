//! The answer that an operation was asked for: 202, with the operation and where to follow it.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderName, StatusCode},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{operation::Operation, store::slug::Slug};
use utoipa::{
    IntoResponses,
    openapi::{self, RefOr},
};

use super::view::OperationView;
use crate::{
    api::{links, stores::accepted::described},
    commands::CommandResult,
    request::{context::RequestContext, idempotency::REPLAYED},
};

/// Where the operation can be followed that was asked for.
const OPERATION_LOCATION: HeaderName = HeaderName::from_static("operation-location");

/// The operation that a request has asked for, or one like it before.
#[derive(Debug)]
pub struct AcceptedOperation {
    location: String,
    operation: Operation,
    /// Whether it was asked for by the same request, sent before.
    is_replay: bool,
}

impl AcceptedOperation {
    /// What came of asking for an operation on the store `id`.
    pub(crate) fn new(
        id: &Slug,
        CommandResult { subject, is_replay, job_not_sent }: CommandResult<Operation>,
    ) -> Self {
        RequestContext::current().record(|outcome| outcome.job_not_sent |= job_not_sent);
        Self { location: links::operation(id, subject.id), operation: subject, is_replay }
    }
}

impl IntoResponse for AcceptedOperation {
    fn into_response(self) -> Response {
        let replayed = AppendHeaders(self.is_replay.then_some(REPLAYED));
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
