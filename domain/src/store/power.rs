//! Whether the shop of a store that is up runs: an axis of its own beside the status.

use serde::{Deserialize, Serialize};

/// Whether shop and database of a store that is `Ready` run. It changes by the operations `hibernate`, `resume` and
/// `upgrade`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Power {
    /// They run, and visitors get in.
    #[default]
    Running,
    /// They are being stopped.
    Hibernating,
    /// They are stopped. Volumes and Secrets stay.
    Hibernated,
    /// They are being started.
    Resuming,
    /// The shop is stopped while its database is brought up to another image.
    Upgrading,
}

/// How an operation changes a store's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerChange {
    /// What it is meanwhile.
    pub meanwhile: Power,
    /// What it is once that succeeded.
    pub succeeded: Power,
    /// What it is once that failed, and was undone.
    pub failed: Power,
}

impl PowerChange {
    /// A store that runs is stopped.
    pub const HIBERNATE: Self =
        Self { meanwhile: Power::Hibernating, succeeded: Power::Hibernated, failed: Power::Running };
    /// A store that is stopped is started.
    pub const RESUME: Self =
        Self { meanwhile: Power::Resuming, succeeded: Power::Running, failed: Power::Hibernated };
    /// The shop of a store that runs is stopped for a while, and comes back with another image or its own.
    pub const UPGRADE: Self =
        Self { meanwhile: Power::Upgrading, succeeded: Power::Running, failed: Power::Running };
}
