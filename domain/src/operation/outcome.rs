//! How an operation ends, and an operation as whoever asked for it sees it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    credentials::SealedCredentials, guard::Waiting, logs::LogExcerpt, pending::PendingOperation,
    request::OperationRequest, upgrade::Upgraded, workload::Workload,
};
use crate::{
    auth::principal_name::PrincipalName, provisioning::failure::FailureCode, store::power::Power,
    values::timestamp::Timestamp,
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

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked for.
    Succeeded(OperationResult),
    /// Not as asked for.
    Failed(OperationFailure),
}

/// What an operation results in, beside that it succeeded.
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
    /// The store's power is another one.
    PowerChanged {
        /// What it is now.
        power: Power,
    },
    /// The store is suspended, or is not any more.
    SuspensionChanged {
        /// Whether it is.
        suspended: bool,
    },
    /// The shop runs on another image, and its database is that one's.
    Upgraded(Upgraded),
    /// The answer is kept for whoever asked.
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

/// What a read-only operation has read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The administrator's credentials, sealed for the key of whoever asked.
    Credentials(SealedCredentials),
    /// Lines of a log.
    Log(LogExcerpt),
}

/// An operation, ended or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id, time-ordered (UUIDv7).
    pub id: Uuid,
    /// What was asked for.
    pub request: OperationRequest,
    /// Who asked for it.
    pub requested_by: PrincipalName,
    /// When.
    pub requested: Timestamp,
    /// When a runner began with it; `None` before.
    pub started: Option<Timestamp>,
    /// That its guard holds it up.
    pub waiting: Option<Waiting>,
    /// Its end; `None` before.
    pub end: Option<End>,
}

impl<R: Into<OperationRequest>> From<PendingOperation<R>> for Operation {
    fn from(operation: PendingOperation<R>) -> Self {
        let PendingOperation { id, request, requested_by, requested, started, waiting } = operation;
        Self { id, request: request.into(), requested_by, requested, started, waiting, end: None }
    }
}

impl<R: Into<OperationRequest>> PendingOperation<R> {
    /// It ends.
    #[must_use]
    pub fn ended(self, end: End) -> Operation {
        Operation { waiting: None, end: Some(end), ..self.into() }
    }
}

impl Operation {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> OperationStatus {
        match (&self.end, self.started) {
            (Some(End { outcome: Outcome::Succeeded(_), .. }), _) => OperationStatus::Succeeded,
            (Some(End { outcome: Outcome::Failed(_), .. }), _) => OperationStatus::Failed,
            (None, Some(_)) => OperationStatus::Running,
            (None, None) => OperationStatus::Pending,
        }
    }

    /// The same, as long as it has not ended.
    #[must_use]
    pub fn pending(self) -> Option<PendingOperation<OperationRequest>> {
        let Self { id, request, requested_by, requested, started, waiting, end } = self;
        end.is_none().then_some(PendingOperation { id, request, requested_by, requested, started, waiting })
    }

    /// Until when its answer is kept; `None` where it has none.
    #[must_use]
    pub fn answered_until(&self) -> Option<Timestamp> {
        match self.end.as_ref()?.outcome {
            Outcome::Succeeded(OperationResult::Answered { until }) => Some(until),
            Outcome::Succeeded(
                OperationResult::Restarted(_)
                | OperationResult::PasswordReset { .. }
                | OperationResult::PowerChanged { .. }
                | OperationResult::SuspensionChanged { .. }
                | OperationResult::Upgraded(_),
            )
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

    /// That another one takes its place, for which it waits no longer.
    #[must_use]
    pub fn replaced() -> Self {
        Self {
            code: FailureCode::Replaced,
            message:
                "It waited for a quiet moment, and another request took its place. Nothing was changed by it."
                    .into(),
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
    use crate::operation::{guard::Guard, request::ExclusiveRequest, workload::RestartTarget};

    #[test]
    fn an_operation_goes_from_pending_to_its_end_and_keeps_its_first_start() {
        let (ada, request) = (
            PrincipalName::parse("ada").unwrap(),
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
        );
        let asked = PendingOperation::requested(request, ada, Timestamp::now());
        let (first, later) = (asked.requested, asked.requested.plus(std::time::Duration::from_secs(5)));
        let begun = asked.clone().begun(first);
        assert_eq!(begun.clone().begun(later).started, Some(first), "taken up again it has begun once");
        let ended = |outcome| begun.clone().ended(End { at: later, outcome }).status();
        let succeeded = Outcome::Succeeded(OperationResult::Restarted(vec![Workload::Mysql]));
        assert_eq!(
            [
                Operation::from(asked).status(),
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
