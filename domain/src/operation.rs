//! What somebody asked to be done to a store that is up, and what came of it.
//!
//! A store is busy with one operation at a time, which its record holds ([`UnderWay`]): that is what
//! makes it one, and what makes the store due. The operation itself is kept beside the record, as it is
//! after each transition, for whoever asked.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    audit::Action, failure::FailureCode, principal_name::PrincipalName, task::Task, timestamp::Timestamp,
};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Work {
    /// New pods in the place of those that run.
    Restart {
        /// Whose.
        target: RestartTarget,
    },
    /// A new password for the shop's administrator.
    ResetPassword,
}

/// What a restart is about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum RestartTarget {
    /// The shop.
    Wordpress,
    /// Its database.
    Mysql,
    /// The database, and then the shop.
    All,
}

/// A part of a store that has pods of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Workload {
    /// The database.
    Mysql,
    /// The shop.
    Wordpress,
}

impl RestartTarget {
    /// What is restarted, one after the other: the shop can't be ready without its database.
    #[must_use]
    pub fn workloads(self) -> &'static [Workload] {
        match self {
            Self::Wordpress => &[Workload::Wordpress],
            Self::Mysql => &[Workload::Mysql],
            Self::All => &[Workload::Mysql, Workload::Wordpress],
        }
    }
}

impl Work {
    /// What a runner has to do for it.
    #[must_use]
    pub fn task(self) -> Task {
        match self {
            Self::Restart { .. } => Task::Restart,
            Self::ResetPassword => Task::ResetPassword,
        }
    }

    /// What the audit trail calls that it was asked for.
    #[must_use]
    pub fn audited_as(self) -> Action {
        match self {
            Self::Restart { .. } => Action::RestartStore,
            Self::ResetPassword => Action::ResetPassword,
        }
    }
}

/// As a sentence names it: `the restart of mysql`.
impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart { target: RestartTarget::All } => f.write_str("the restart of mysql and wordpress"),
            Self::Restart { target } => write!(f, "the restart of {target}"),
            Self::ResetPassword => f.write_str("the reset of the administrator's password"),
        }
    }
}

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

/// An operation that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnderWay {
    /// Its id, time-ordered (UUIDv7).
    pub id: Uuid,
    /// What is to be done.
    #[serde(flatten)]
    pub work: Work,
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
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct OperationFailure {
    /// The kind of failure.
    pub code: FailureCode,
    /// A sentence that says what happened and what can be done.
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
    pub order: UnderWay,
    /// Its end; `None` before.
    pub end: Option<End>,
}

impl UnderWay {
    /// `principal` asks for `work` at `now`.
    #[must_use]
    pub fn requested(work: Work, principal: PrincipalName, now: Timestamp) -> Self {
        Self { id: Uuid::now_v7(), work, requested_by: principal, requested: now, started: None }
    }

    /// A runner begins with it, or takes it up again, at `now`.
    #[must_use]
    pub fn begun(mut self, now: Timestamp) -> Self {
        self.started.get_or_insert(now);
        self
    }

    /// It ends.
    #[must_use]
    pub fn ended(self, end: End) -> Operation {
        Operation { order: self, end: Some(end) }
    }
}

impl From<UnderWay> for Operation {
    fn from(order: UnderWay) -> Self {
        Self { order, end: None }
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
}

impl Outcome {
    /// What it comes to when the store is deleted in the middle of it.
    #[must_use]
    pub fn cut_off() -> Self {
        Self::Failed(OperationFailure {
            code: FailureCode::StoreDeleted,
            message: "The deletion of the store was asked for before it was done.".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    fn order(target: RestartTarget) -> UnderWay {
        let ada = PrincipalName::parse("ada").unwrap();
        UnderWay::requested(Work::Restart { target }, ada, Timestamp::now())
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

    #[test]
    fn the_database_comes_before_the_shop() {
        assert_eq!(RestartTarget::All.workloads(), [Workload::Mysql, Workload::Wordpress]);
    }

    #[test]
    fn work_is_written_as_the_api_calls_it() {
        for target in RestartTarget::VARIANTS {
            let json = serde_json::to_value(Work::Restart { target: *target }).unwrap();
            assert_eq!(json, serde_json::json!({ "action": "restart", "target": target.to_string() }));
        }
        let reset = serde_json::to_value(Work::ResetPassword).unwrap();
        assert_eq!(reset, serde_json::json!({ "action": "reset-password" }));
    }
}
