//! What is to be told of a store, and is told to whoever asked only, for a short time.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PendingOperation, Work};
use crate::{
    audit::Action,
    operation::{
        credentials::{RecipientKey, SealedCredentials},
        logs::{LogExcerpt, LogQuery},
    },
    store::{
        slug::Slug,
        status::{AnyOf, State, Status},
        task::Task,
    },
};

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Inquiry {
    /// How the shop's administrator gets in.
    RevealCredentials {
        /// Whose key only opens the answer.
        public_key: RecipientKey,
    },
    /// What a component has written to its log.
    Logs(LogQuery),
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The administrator's credentials, sealed for the key of whoever asked.
    Credentials(SealedCredentials),
    /// Lines of a log.
    Log(LogExcerpt),
}

/// Which inquiry: about which incarnation of which store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InquiryKey {
    /// The store's id.
    pub store: Slug,
    /// Its incarnation.
    pub uid: Uuid,
    /// The operation's id.
    pub operation: Uuid,
}

/// What stands in the way of an inquiry about a store as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It takes a store in one of these statuses.
    Takes(AnyOf),
    /// It is to wait for this.
    Busy(PendingOperation),
    /// There is no store any more.
    Gone,
}

impl Inquiry {
    /// What a runner has to do for it.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::RevealCredentials { .. } => Task::RevealCredentials,
            Self::Logs(_) => Task::Logs,
        }
    }

    /// What the audit trail calls that it was asked for.
    #[must_use]
    pub fn audited_as(&self) -> Action {
        match self {
            Self::RevealCredentials { .. } => Action::RevealCredentials,
            Self::Logs(_) => Action::ReadLogs,
        }
    }

    /// How long the answer is kept.
    #[must_use]
    pub fn kept(&self) -> Duration {
        match self {
            Self::RevealCredentials { .. } => Duration::from_secs(10 * 60),
            Self::Logs(_) => Duration::from_secs(15 * 60),
        }
    }

    /// What stands in its way while the store is in `state`; `None` where nothing does.
    #[must_use]
    pub fn obstacle(&self, state: &State) -> Option<Obstacle> {
        match (self, state) {
            (_, State::Deleted(_)) => Some(Obstacle::Gone),
            // Which of two passwords WordPress has is not known until that is done.
            (Self::RevealCredentials { .. }, State::Ready(ready)) => {
                let resets = |order: &PendingOperation| order.work == Work::ResetPassword;
                ready.operation.clone().filter(resets).map(Obstacle::Busy)
            }
            (
                Self::RevealCredentials { .. },
                State::Provisioning(_) | State::Failed(_) | State::Deleting(_),
            ) => Some(Obstacle::Takes(AnyOf(&[Status::Ready]))),
            // Where there are no pods, that is the answer.
            (Self::Logs(_), State::Provisioning(_) | State::Ready(_) | State::Failed(_)) => None,
            // They go, and what is told then would not go with the store's history.
            (Self::Logs(_), State::Deleting(_)) => {
                Some(Obstacle::Takes(AnyOf(&[Status::Provisioning, Status::Ready, Status::Failed])))
            }
        }
    }
}

/// As a sentence names it: `ada asked for a look at the administrator's credentials`.
impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevealCredentials { .. } => f.write_str("a look at the administrator's credentials"),
            Self::Logs(query) => write!(f, "a look at the log of {}", query.component),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{Asked, credentials::PrivateKey, logs::Component},
        provisioning::{
            failure::{Cleanup, Failure, FailureCode},
            step::Step,
        },
        store::status::{Deleted, Deleting, Failed, Provisioning, Ready},
        values::timestamp::Timestamp,
    };

    fn reveal() -> Inquiry {
        Inquiry::RevealCredentials { public_key: PrivateKey::generate().unwrap().public_key() }
    }

    fn logs() -> Inquiry {
        let since = Some(Timestamp::now());
        Inquiry::Logs(LogQuery { since, previous: true, ..LogQuery::of(Component::Mysql) })
    }

    fn failure(at: Timestamp) -> Failure {
        let (code, message) = (FailureCode::DeadlineExceeded, "too late".into());
        Failure { step: Step::WaitMysql, code, message, at, cleanup: Cleanup::Kept }
    }

    #[test]
    fn credentials_are_those_of_a_store_that_is_up_and_does_not_just_get_others() {
        let (ada, at) = (PrincipalName::parse("ada").unwrap(), Timestamp::now());
        let ready = |work: Option<Work>| {
            let operation = work.map(|work| PendingOperation::requested(work, ada.clone(), at));
            State::Ready(Ready { url: "http://shop.example".into(), at, operation })
        };
        let restart = Work::Restart { target: crate::operation::RestartTarget::All };
        assert_eq!(reveal().obstacle(&ready(None)), None);
        assert_eq!(reveal().obstacle(&ready(Some(restart))), None);
        assert!(matches!(reveal().obstacle(&ready(Some(Work::ResetPassword))), Some(Obstacle::Busy(_))));
        for state in [State::Provisioning(Provisioning::new()), State::Deleting(Deleting { at })] {
            assert_eq!(reveal().obstacle(&state), Some(Obstacle::Takes(AnyOf(&[Status::Ready]))));
        }
        assert_eq!(reveal().obstacle(&State::Deleted(Deleted { at })), Some(Obstacle::Gone));
    }

    #[test]
    fn logs_are_those_of_a_store_that_is_not_being_deleted_whatever_it_is_busy_with() {
        let (ada, at) = (PrincipalName::parse("ada").unwrap(), Timestamp::now());
        let operation = Some(PendingOperation::requested(Work::ResetPassword, ada, at));
        for state in [
            State::Provisioning(Provisioning::new()),
            State::Ready(Ready { url: "http://shop.example".into(), at, operation }),
            State::Failed(Failed { failure: failure(at) }),
        ] {
            assert_eq!(logs().obstacle(&state), None);
        }
        assert!(matches!(logs().obstacle(&State::Deleting(Deleting { at })), Some(Obstacle::Takes(_))));
        assert_eq!(logs().obstacle(&State::Deleted(Deleted { at })), Some(Obstacle::Gone));
    }

    #[test]
    fn what_was_asked_for_is_told_apart_by_its_action() {
        for asked in [Asked::from(reveal()), Asked::from(logs()), Asked::from(Work::ResetPassword)] {
            let json = serde_json::to_value(&asked).unwrap();
            assert!(json["action"].is_string(), "{json}");
            assert_eq!(serde_json::from_value::<Asked>(json).unwrap(), asked);
        }
    }
}
