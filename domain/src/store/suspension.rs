//! Whether visitors are kept out of a store by the platform: an axis of its own beside status and power.
//!
//! A suspension takes nothing from a store but its way in. It holds in every status and with every power: what comes
//! to run while it lasts, by `resume` or `retry`, gets no way in. It begins when it is asked for, and ends when its end
//! is carried out: so no one who looks at a store in between takes a way in for missing.

use serde::{Deserialize, Serialize};

use super::{Store, power::Power, status::Status};
use crate::values::{reason::Reason, timestamp::Timestamp};

/// That a store is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// How an operation changes whether a store is suspended, which it is from the request to the end of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuspensionChange {
    /// Visitors are kept out from now on; where that fails they are not.
    Suspend,
    /// They are kept out no longer; where that fails they are.
    Unsuspend,
}

impl SuspensionChange {
    /// Whether the store is suspended once it has `succeeded`, or failed.
    #[must_use]
    pub fn leaves_suspended(self, succeeded: bool) -> bool {
        match self {
            Self::Suspend => succeeded,
            Self::Unsuspend => !succeeded,
        }
    }
}

/// What a transition writes of a store's suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuspensionWrite {
    /// It begins.
    Begins(Suspension),
    /// It ends.
    Ends,
}

/// Whether a store of this `status` and `power` is to have a way in: it is up, runs, and is not suspended. All that
/// makes, removes or looks for a way in asks here.
#[must_use]
pub fn wants_way_in(status: Status, power: Power, is_suspended: bool) -> bool {
    status == Status::Ready && power == Power::Running && !is_suspended
}

impl Store {
    /// Whether it is to have a way in.
    #[must_use]
    pub fn wants_way_in(&self) -> bool {
        let power = self.state.power().unwrap_or_default();
        wants_way_in(self.state.status(), power, self.suspension.is_some())
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn only_a_store_that_is_up_runs_and_is_not_suspended_is_to_have_a_way_in() {
        for &status in Status::VARIANTS {
            for &power in Power::VARIANTS {
                let is_open = (status, power) == (Status::Ready, Power::Running);
                assert_eq!(wants_way_in(status, power, false), is_open, "{status} {power}");
                assert!(!wants_way_in(status, power, true), "{status} {power}");
            }
        }
    }
}
