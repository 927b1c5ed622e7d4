//! What somebody asked to be done to a store, or to be told of it, and what came of it.
//!
//! Work changes a store that is up. A store is busy with one such operation at a time, which its record
//! holds ([`PendingOperation`]): that is what makes it one, and what makes the store due. An inquiry changes
//! nothing, so any number of them may be under way, whatever the store is busy with: each is due, and held
//! by a runner, on its own. Either is kept beside the store's record, as it is after each transition, for
//! whoever asked.

pub mod credentials;
mod inquiry;
pub mod logs;
mod work;

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    inquiry::{Answer, Inquiry, InquiryKey, Obstacle},
    work::{RestartTarget, Work, Workload},
};
use crate::{
    auth::principal_name::PrincipalName, provisioning::failure::FailureCode, values::timestamp::Timestamp,
};

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum OperationStatus {
    /// No runner has begun with it.
    Pending,
    /// A runner is at it.
    Running,
    /// It is done.
    Succeeded,
    /// It could not be done.
    Failed,
}

/// What was asked for: to do something, or to tell something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Asked {
    /// A change of the store.
    Work(Work),
    /// Something to be told.
    Inquiry(Inquiry),
}

impl From<Work> for Asked {
    fn from(work: Work) -> Self {
        Self::Work(work)
    }
}

impl From<Inquiry> for Asked {
    fn from(inquiry: Inquiry) -> Self {
        Self::Inquiry(inquiry)
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Work(work) => work.fmt(f),
            Self::Inquiry(inquiry) => inquiry.fmt(f),
        }
    }
}

/// An operation that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingOperation<W = Work> {
    /// Its id, time-ordered (UUIDv7).
    pub id: Uuid,
    /// What is to be done.
    #[serde(flatten)]
    pub work: W,
    /// Who asked for it.
    pub requested_by: PrincipalName,
    /// When.
    pub requested: Timestamp,
    /// When a runner began with it; `None` before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<Timestamp>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As wished.
    Succeeded(OperationResult),
    /// Not as wished.
    Failed(OperationFailure),
}

/// What an operation has to tell beside that it succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum OperationResult {
    /// The pods of these were replaced in this order, and each is ready.
    Restarted(Vec<Workload>),
    /// WordPress has a new password, and so has the store's Secret.
    PasswordReset {
        /// Whose.
        user: String,
    },
    /// What was to be told is kept for whoever asked.
    Answered {
        /// Until then.
        until: Timestamp,
    },
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OperationFailure {
    /// The kind of failure.
    pub code: FailureCode,
    /// A sentence that says what happened and what can be done.
    #[serde(serialize_with = "crate::values::kept_text::serialize")]
    pub message: String,
}

/// The end of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
}

/// An operation, ended or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What was asked for, and when a runner began with it.
    pub order: PendingOperation<Asked>,
    /// Its end; `None` before.
    pub end: Option<End>,
}

impl<W> PendingOperation<W> {
    /// `principal` asks for `work` at `now`.
    #[must_use]
    pub fn requested(work: W, principal: PrincipalName, now: Timestamp) -> Self {
        Self { id: Uuid::now_v7(), work, requested_by: principal, requested: now, started: None }
    }

    /// A runner begins with it, or takes it up again, at `now`.
    #[must_use]
    pub fn begun(mut self, now: Timestamp) -> Self {
        self.started.get_or_insert(now);
        self
    }

    /// The same as `asked`, which says what it is to do.
    fn with<V>(self, asked: impl FnOnce(W) -> V) -> PendingOperation<V> {
        let Self { id, work, requested_by, requested, started } = self;
        PendingOperation { id, work: asked(work), requested_by, requested, started }
    }
}

impl PendingOperation<Asked> {
    /// The same, where it is an inquiry.
    #[must_use]
    pub fn inquiry(self) -> Option<PendingOperation<Inquiry>> {
        match self.work.clone() {
            Asked::Inquiry(inquiry) => Some(self.with(|_| inquiry)),
            Asked::Work(_) => None,
        }
    }
}

impl<W: Into<Asked>> PendingOperation<W> {
    /// It ends.
    #[must_use]
    pub fn ended(self, end: End) -> Operation {
        Operation { order: self.with(Into::into), end: Some(end) }
    }
}

impl<W: Into<Asked>> From<PendingOperation<W>> for Operation {
    fn from(order: PendingOperation<W>) -> Self {
        Self { order: order.with(Into::into), end: None }
    }
}

impl Operation {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> OperationStatus {
        match (&self.end, self.order.started) {
            (Some(End { outcome: Outcome::Succeeded(_), .. }), _) => OperationStatus::Succeeded,
            (Some(End { outcome: Outcome::Failed(_), .. }), _) => OperationStatus::Failed,
            (None, Some(_)) => OperationStatus::Running,
            (None, None) => OperationStatus::Pending,
        }
    }

    /// Until when what was to be told is kept; `None` where nothing was told.
    #[must_use]
    pub fn answered_until(&self) -> Option<Timestamp> {
        match self.end.as_ref()?.outcome {
            Outcome::Succeeded(OperationResult::Answered { until }) => Some(until),
            Outcome::Succeeded(OperationResult::Restarted(_) | OperationResult::PasswordReset { .. })
            | Outcome::Failed(_) => None,
        }
    }
}

impl OperationFailure {
    /// That the store is deleted in the middle of it.
    #[must_use]
    pub fn cut_off() -> Self {
        Self {
            code: FailureCode::StoreDeleted,
            message: "The deletion of the store was asked for before it was done.".into(),
        }
    }
}

impl Outcome {
    /// What it comes to when the store is deleted in the middle of it.
    #[must_use]
    pub fn cut_off() -> Self {
        Self::Failed(OperationFailure::cut_off())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(target: RestartTarget) -> PendingOperation {
        let ada = PrincipalName::parse("ada").unwrap();
        PendingOperation::requested(Work::Restart { target }, ada, Timestamp::now())
    }

    #[test]
    fn an_operation_goes_from_pending_to_its_end_and_keeps_its_first_start() {
        let order = order(RestartTarget::All);
        let (first, later) = (order.requested, order.requested.plus(std::time::Duration::from_secs(5)));
        let begun = order.clone().begun(first);
        assert_eq!(begun.clone().begun(later).started, Some(first), "taken up again it has begun once");
        let ended = |outcome| begun.clone().ended(End { at: later, outcome }).status();
        let succeeded = Outcome::Succeeded(OperationResult::Restarted(vec![Workload::Mysql]));
        assert_eq!(
            [
                Operation::from(order).status(),
                Operation::from(begun.clone()).status(),
                ended(succeeded),
                ended(Outcome::cut_off()),
            ],
            [
                OperationStatus::Pending,
                OperationStatus::Running,
                OperationStatus::Succeeded,
                OperationStatus::Failed,
            ]
        );
    }
}
