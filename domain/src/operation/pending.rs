//! An operation that has not ended.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    guard::Waiting,
    request::{ExclusiveRequest, OperationRequest, ReadOnlyRequest},
};
use crate::{auth::principal_name::PrincipalName, values::timestamp::Timestamp};

/// An operation that has not ended: an exclusive one, unless said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingOperation<R = ExclusiveRequest> {
    /// Its id, time-ordered (UUIDv7).
    pub id: Uuid,
    /// What was asked for.
    #[serde(flatten)]
    pub request: R,
    /// Who asked for it.
    pub requested_by: PrincipalName,
    /// When.
    pub requested: Timestamp,
    /// When a runner began with it; `None` before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<Timestamp>,
    /// That its guard holds it up; `None` once a runner began with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<Waiting>,
}

impl<R> PendingOperation<R> {
    /// `principal` asks for `request` at `now`.
    #[must_use]
    pub fn requested(request: R, principal: PrincipalName, now: Timestamp) -> Self {
        Self {
            id: Uuid::now_v7(),
            request,
            requested_by: principal,
            requested: now,
            started: None,
            waiting: None,
        }
    }

    /// A runner begins with it, or takes it up again, at `now`.
    #[must_use]
    pub fn begun(mut self, now: Timestamp) -> Self {
        self.started.get_or_insert(now);
        self.waiting = None;
        self
    }

    /// Its guard holds it up.
    #[must_use]
    pub(crate) fn held_up(self, waiting: Waiting) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    /// The same operation with its request as `to` has it.
    fn map<S>(self, to: impl FnOnce(R) -> S) -> PendingOperation<S> {
        let Self { id, request, requested_by, requested, started, waiting } = self;
        PendingOperation { id, request: to(request), requested_by, requested, started, waiting }
    }
}

impl<R: Into<OperationRequest>> PendingOperation<R> {
    /// The same, of whichever sort it is.
    #[must_use]
    pub fn any(self) -> PendingOperation<OperationRequest> {
        self.map(Into::into)
    }
}

/// An operation of either sort that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyPendingOperation {
    /// It changes the store.
    Exclusive(PendingOperation),
    /// It changes nothing.
    ReadOnly(PendingOperation<ReadOnlyRequest>),
}

impl From<PendingOperation<OperationRequest>> for AnyPendingOperation {
    fn from(operation: PendingOperation<OperationRequest>) -> Self {
        match operation.request.clone() {
            OperationRequest::Exclusive(request) => Self::Exclusive(operation.map(|_| request)),
            OperationRequest::ReadOnly(request) => Self::ReadOnly(operation.map(|_| request)),
        }
    }
}
