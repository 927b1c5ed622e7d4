//! The kinds of operations, a row each: what a kind is called, which stores it takes, and what it can't run beside.
//!
//! A new kind is a variant and a row here, its parameters in `request`, a file in the runner's `operations`, a scenario
//! of its fault tests, and a file and a row of the API's `actions` and `routes`, with a route in the template and a sample
//! event. The audit trail, jobs, metrics and the API's description take it from here; the command and the dashboard offer
//! it once it is in `shopwright`'s commands and in the dashboard's `actions.ts` and texts. Compiler and tests name what
//! is missing.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Serialize, Serializer};
use strum::VariantArray as _;

use crate::store::{
    power::{Power, PowerChange},
    status::{AnyOf, Status},
    suspension::SuspensionChange,
};

/// A kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// It changes the store.
    Exclusive(ExclusiveKind),
    /// It changes nothing.
    ReadOnly(ReadOnlyKind),
}

/// A kind that changes the store. A store has one such operation at a time, held in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::VariantArray)]
pub enum ExclusiveKind {
    /// New pods in the place of those that run.
    Restart,
    /// A new password for the shop's administrator.
    ResetPassword,
    /// Shop and database stop, and what they keep stays.
    Hibernate,
    /// They start again.
    Resume,
    /// The platform keeps visitors out.
    Suspend,
    /// They get in again.
    Unsuspend,
    /// The shop goes on with another image, which brings its database up to itself.
    Upgrade,
}

/// A kind that only reads. Any number of them may run at once, each under a lease of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::VariantArray)]
pub enum ReadOnlyKind {
    /// The credentials of the shop's administrator.
    RevealCredentials,
    /// What a component has written to its log.
    Logs,
}

/// Of a store that runs.
const RUNNING: AnyOf<Power> = AnyOf(&[Power::Running]);

/// What is known of a kind.
#[derive(Clone, Copy, Debug)]
pub struct OperationRow {
    /// Its name in the API and the table; after `store.`, in the audit trail too.
    pub name: &'static str,
    /// Its name in jobs and metrics.
    pub task: &'static str,
    /// The statuses of which the store must have one.
    pub takes: AnyOf,
    /// Whether it also takes a store that failed because one of its kind was left half done.
    pub takes_half_done: bool,
    /// The power of which a store that is up must have one.
    pub takes_power: AnyOf<Power>,
    /// How it changes that, if it does.
    pub power: Option<PowerChange>,
    /// How it changes whether the store is suspended, if it does.
    pub suspension: Option<SuspensionChange>,
    /// What must not be pending on the store.
    pub excluded_by: &'static [ExclusiveKind],
}

impl OperationKind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        let exclusive = ExclusiveKind::VARIANTS.iter().copied().map(Self::Exclusive);
        exclusive.chain(ReadOnlyKind::VARIANTS.iter().copied().map(Self::ReadOnly))
    }

    /// Its row.
    #[must_use]
    pub const fn row(self) -> OperationRow {
        match self {
            Self::Exclusive(ExclusiveKind::Restart) => OperationRow {
                name: "restart",
                task: "Restart",
                takes: AnyOf(&[Status::Ready]),
                takes_half_done: false,
                takes_power: RUNNING,
                power: None,
                suspension: None,
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::ResetPassword) => OperationRow {
                name: "reset-password",
                task: "ResetPassword",
                takes: AnyOf(&[Status::Ready]),
                takes_half_done: false,
                takes_power: RUNNING,
                power: None,
                suspension: None,
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::Hibernate) => OperationRow {
                name: "hibernate",
                task: "Hibernate",
                takes: AnyOf(&[Status::Ready]),
                takes_half_done: false,
                takes_power: RUNNING,
                power: Some(PowerChange::HIBERNATE),
                suspension: None,
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::Resume) => OperationRow {
                name: "resume",
                task: "Resume",
                takes: AnyOf(&[Status::Ready]),
                takes_half_done: false,
                takes_power: AnyOf(&[Power::Hibernated]),
                power: Some(PowerChange::RESUME),
                suspension: None,
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::Suspend) => OperationRow {
                name: "suspend",
                task: "Suspend",
                // One that failed is not to be opened when it is tried again.
                takes: AnyOf(&[Status::Ready, Status::Failed]),
                takes_half_done: false,
                takes_power: AnyOf(Power::VARIANTS),
                power: None,
                suspension: Some(SuspensionChange::Suspend),
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::Unsuspend) => OperationRow {
                name: "unsuspend",
                task: "Unsuspend",
                takes: AnyOf(&[Status::Ready, Status::Failed]),
                takes_half_done: false,
                takes_power: AnyOf(Power::VARIANTS),
                power: None,
                suspension: Some(SuspensionChange::Unsuspend),
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::Exclusive(ExclusiveKind::Upgrade) => OperationRow {
                name: "upgrade",
                task: "Upgrade",
                takes: AnyOf(&[Status::Ready]),
                // Only another one gets it out of there.
                takes_half_done: true,
                takes_power: RUNNING,
                power: Some(PowerChange::UPGRADE),
                suspension: None,
                excluded_by: ExclusiveKind::VARIANTS,
            },
            Self::ReadOnly(ReadOnlyKind::RevealCredentials) => OperationRow {
                name: "reveal-credentials",
                task: "RevealCredentials",
                takes: AnyOf(&[Status::Ready]),
                takes_half_done: false,
                // The Secret stays.
                takes_power: AnyOf(Power::VARIANTS),
                power: None,
                suspension: None,
                // Which of two passwords WordPress has is not known until that is done.
                excluded_by: &[ExclusiveKind::ResetPassword],
            },
            Self::ReadOnly(ReadOnlyKind::Logs) => OperationRow {
                name: "logs",
                task: "Logs",
                // Where there are no pods, that is the answer. Of a store that is being deleted none is given: it
                // would not go with the store's history.
                takes: AnyOf(&[Status::Provisioning, Status::Ready, Status::Failed]),
                takes_half_done: false,
                // A store that is stopped has no pods, and so no logs.
                takes_power: AnyOf(&[Power::Running, Power::Hibernating, Power::Resuming, Power::Upgrading]),
                power: None,
                suspension: None,
                excluded_by: &[],
            },
        }
    }
}

impl ReadOnlyKind {
    /// How long the answer is kept.
    #[must_use]
    pub const fn answer_kept(self) -> Duration {
        match self {
            Self::RevealCredentials => Duration::from_secs(10 * 60),
            Self::Logs => Duration::from_secs(15 * 60),
        }
    }
}

impl From<ExclusiveKind> for OperationKind {
    fn from(kind: ExclusiveKind) -> Self {
        Self::Exclusive(kind)
    }
}

impl From<ReadOnlyKind> for OperationKind {
    fn from(kind: ReadOnlyKind) -> Self {
        Self::ReadOnly(kind)
    }
}

/// By its name: `reset-password`.
impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

/// No operation has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no operation's name")]
pub struct OperationKindError;

impl FromStr for OperationKind {
    type Err = OperationKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|kind| kind.row().name == text).ok_or(OperationKindError)
    }
}

impl Serialize for OperationKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for OperationKind {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let names: Vec<_> = Self::all().map(|kind| kind.row().name).collect();
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("What a store can be made to do."))
            .enum_values(Some(names))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for OperationKind {
    fn name() -> std::borrow::Cow<'static, str> {
        "OperationAction".into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_has_names_of_its_own_and_is_found_by_them() {
        let names: BTreeSet<_> = OperationKind::all().map(|kind| kind.row().name).collect();
        let tasks: BTreeSet<_> = OperationKind::all().map(|kind| kind.row().task).collect();
        let count = OperationKind::all().count();
        assert_eq!((names.len(), tasks.len()), (count, count));
        for kind in OperationKind::all() {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("Restart".parse::<OperationKind>(), Err(OperationKindError));
    }

    #[test]
    fn a_store_has_one_exclusive_operation_at_a_time() {
        for kind in ExclusiveKind::VARIANTS {
            assert_eq!(OperationKind::from(*kind).row().excluded_by, ExclusiveKind::VARIANTS, "{kind:?}");
        }
    }
}
