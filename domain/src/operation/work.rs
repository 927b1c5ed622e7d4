//! What changes a store that is up.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{audit::Action, store::task::Task};

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

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

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
