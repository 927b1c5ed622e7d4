//! What is to be told of a store, and is told to whoever asked only, for a short time.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{UnderWay, Work};
use crate::{
    audit::Action,
    credentials::{RecipientKey, SealedCredentials},
    slug::Slug,
    status::{State, Status},
    task::Task,
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
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The administrator's credentials, sealed for the key of whoever asked.
    Credentials(SealedCredentials),
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
    /// It takes a store in this status.
    Takes(Status),
    /// It is to wait for this.
    Busy(UnderWay),
    /// There is no store any more.
    Gone,
}

impl Inquiry {
    /// What a runner has to do for it.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::RevealCredentials { .. } => Task::RevealCredentials,
        }
    }

    /// What the audit trail calls that it was asked for.
    #[must_use]
    pub fn audited_as(&self) -> Action {
        match self {
            Self::RevealCredentials { .. } => Action::RevealCredentials,
        }
    }

    /// How long the answer is kept.
    #[must_use]
    pub fn kept(&self) -> Duration {
        match self {
            Self::RevealCredentials { .. } => Duration::from_secs(10 * 60),
        }
    }

    /// What stands in its way while the store is in `state`; `None` where nothing does.
    #[must_use]
    pub fn obstacle(&self, state: &State) -> Option<Obstacle> {
        match (self, state) {
            (_, State::Deleted(_)) => Some(Obstacle::Gone),
            // Which of two passwords WordPress has is not known until that is done.
            (Self::RevealCredentials { .. }, State::Ready(ready)) => {
                let resets = |order: &UnderWay| order.work == Work::ResetPassword;
                ready.operation.clone().filter(resets).map(Obstacle::Busy)
            }
            (
                Self::RevealCredentials { .. },
                State::Provisioning(_) | State::Failed(_) | State::Deleting(_),
            ) => Some(Obstacle::Takes(Status::Ready)),
        }
    }
}

/// As a sentence names it: `ada asked for a look at the administrator's credentials`.
impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RevealCredentials { .. } => f.write_str("a look at the administrator's credentials"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        credentials::PrivateKey,
        operation::Asked,
        principal_name::PrincipalName,
        status::{Deleted, Deleting, Provisioning, Ready},
        timestamp::Timestamp,
    };

    fn reveal() -> Inquiry {
        Inquiry::RevealCredentials { public_key: PrivateKey::generate().unwrap().public_key() }
    }

    #[test]
    fn credentials_are_those_of_a_store_that_is_up_and_does_not_just_get_others() {
        let (ada, at) = (PrincipalName::parse("ada").unwrap(), Timestamp::now());
        let ready = |work: Option<Work>| {
            let operation = work.map(|work| UnderWay::requested(work, ada.clone(), at));
            State::Ready(Ready { url: "http://shop.example".into(), at, operation })
        };
        let restart = Work::Restart { target: crate::operation::RestartTarget::All };
        assert_eq!(reveal().obstacle(&ready(None)), None);
        assert_eq!(reveal().obstacle(&ready(Some(restart))), None);
        assert!(matches!(reveal().obstacle(&ready(Some(Work::ResetPassword))), Some(Obstacle::Busy(_))));
        for state in [State::Provisioning(Provisioning::new()), State::Deleting(Deleting { at })] {
            assert_eq!(reveal().obstacle(&state), Some(Obstacle::Takes(Status::Ready)));
        }
        assert_eq!(reveal().obstacle(&State::Deleted(Deleted { at })), Some(Obstacle::Gone));
    }

    #[test]
    fn what_was_asked_for_is_told_apart_by_its_action() {
        for asked in [Asked::from(reveal()), Asked::from(Work::ResetPassword)] {
            let json = serde_json::to_value(&asked).unwrap();
            assert!(json["action"].is_string(), "{json}");
            assert_eq!(serde_json::from_value::<Asked>(json).unwrap(), asked);
        }
    }
}
