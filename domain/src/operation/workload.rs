//! The parts of a store that have pods of their own, and those that a restart is about.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_comes_before_the_shop() {
        assert_eq!(RestartTarget::All.workloads(), [Workload::Mysql, Workload::Wordpress]);
    }
}
