//! The states of a store: a status, with what is known only in it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{power::Power, release::image::Image, status::Status, task::Task};
use crate::{
    provisioning::{
        failure::{Cleanup, Failure},
        step::Step,
    },
    values::timestamp::Timestamp,
};

/// A store that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The step that runs, or ran last; `None` before the first.
    pub step: Option<Step>,
}

/// A store that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Where the shop answers.
    pub url: String,
    /// Since when.
    pub at: Timestamp,
    /// Whether it runs.
    pub power: Power,
}

/// A store that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Why, and what became of its namespace.
    pub failure: Failure,
    /// The upgrade that was left half done, where that is why: its namespace is kept then, with the merchant's shop in it.
    pub upgrade: Option<HalfUpgrade>,
}

/// An upgrade of a store that was up which may have changed the shop's database, and did not come to its end. The shop is
/// closed then, and nothing but another upgrade opens it. A restore, once there are backups, begins here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HalfUpgrade {
    /// Where the shop answered.
    pub url: String,
    /// Since when it did.
    pub since: Timestamp,
    /// What it was to be upgraded to.
    pub image: Image,
}

impl Failed {
    /// Because of `failure`, with nothing half done.
    #[must_use]
    pub fn of(failure: Failure) -> Self {
        Self { failure, upgrade: None }
    }
}

/// A store that is being taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleting {
    /// Since when.
    pub at: Timestamp,
}

/// A store that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Since when.
    pub at: Timestamp,
}

impl Deleted {
    /// How long the record of a store that is gone is kept: 30 days.
    const RECORD_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

    /// When the record ends.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.at.plus(Self::RECORD_LIFE)
    }
}

/// The state of a store, with what is known only in that state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named after its type")]
pub enum State {
    Provisioning(Provisioning),
    Ready(Ready),
    Failed(Failed),
    Deleting(Deleting),
    Deleted(Deleted),
}

impl State {
    /// The name of this state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Provisioning(_) => Status::Provisioning,
            Self::Ready(_) => Status::Ready,
            Self::Failed(_) => Status::Failed,
            Self::Deleting(_) => Status::Deleting,
            Self::Deleted(_) => Status::Deleted,
        }
    }

    /// Since when the store is gone; `None` as long as it lives.
    #[must_use]
    pub fn gone(&self) -> Option<&Deleted> {
        match self {
            Self::Deleted(deleted) => Some(deleted),
            Self::Provisioning(_) | Self::Ready(_) | Self::Failed(_) | Self::Deleting(_) => None,
        }
    }

    /// Where the shop answers; `None` where it does not.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Ready(ready) => Some(&ready.url),
            Self::Provisioning(_) | Self::Failed(_) | Self::Deleting(_) | Self::Deleted(_) => None,
        }
    }

    /// Where the shop answers, or did before an upgrade of it was left half done.
    #[must_use]
    pub fn site(&self) -> Option<&str> {
        let before = || self.half_upgrade().map(|upgrade| upgrade.url.as_str());
        self.url().or_else(before)
    }

    /// The upgrade that was left half done, where that is why the store failed.
    #[must_use]
    pub fn half_upgrade(&self) -> Option<&HalfUpgrade> {
        match self {
            Self::Failed(failed) => failed.upgrade.as_ref(),
            Self::Provisioning(_) | Self::Ready(_) | Self::Deleting(_) | Self::Deleted(_) => None,
        }
    }

    /// Whether the store runs; `None` where it is not up.
    #[must_use]
    pub fn power(&self) -> Option<Power> {
        match self {
            Self::Ready(ready) => Some(ready.power),
            Self::Provisioning(_) | Self::Failed(_) | Self::Deleting(_) | Self::Deleted(_) => None,
        }
    }

    /// The same with another `power`, where it has one.
    #[must_use]
    pub(super) fn with_power(self, power: Power) -> Self {
        match self {
            Self::Ready(ready) => Self::Ready(Ready { power, ..ready }),
            Self::Provisioning(_) | Self::Failed(_) | Self::Deleting(_) | Self::Deleted(_) => self,
        }
    }

    /// What a runner has to do because the store is in this state; `None` where the state is at rest.
    #[must_use]
    pub fn task(&self) -> Option<Task> {
        match self {
            Self::Provisioning(_) => Some(Task::Provision),
            Self::Deleting(_) => Some(Task::Teardown),
            Self::Failed(Failed { failure, upgrade: _ }) => match failure.cleanup {
                Cleanup::Pending | Cleanup::Failed { .. } => Some(Task::Teardown),
                Cleanup::Done | Cleanup::Kept => None,
            },
            Self::Ready(_) | Self::Deleted(_) => None,
        }
    }

    /// Whether that is to be done without a pause. A namespace that could not be deleted is only checked, now and
    /// then.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Failed(Failed { failure, upgrade: _ }) => match failure.cleanup {
                Cleanup::Pending => true,
                Cleanup::Failed { .. } | Cleanup::Done | Cleanup::Kept => false,
            },
            Self::Provisioning(_) | Self::Ready(_) | Self::Deleting(_) | Self::Deleted(_) => {
                self.task().is_some()
            }
        }
    }
}
