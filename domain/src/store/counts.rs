//! How many stores there are, by how they are.

use serde::{Deserialize, Serialize};

use super::{power::Power, status::Status};

/// How many living stores there are of each status, and how many of those that are `Ready` have each power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is named after its status or power")]
pub struct StoreCounts {
    pub provisioning: u32,
    pub ready: u32,
    pub failed: u32,
    pub deleting: u32,
    pub running: u32,
    pub hibernating: u32,
    pub hibernated: u32,
    pub resuming: u32,
    /// Absent in what was counted before there was any.
    #[serde(default)]
    pub upgrading: u32,
}

impl StoreCounts {
    /// Counts a store of this status, which has this power where it is `Ready`. One that is gone is not counted.
    pub fn add(&mut self, status: Status, power: Power) {
        match status {
            Status::Provisioning => self.provisioning += 1,
            Status::Failed => self.failed += 1,
            Status::Deleting => self.deleting += 1,
            Status::Deleted => {}
            Status::Ready => {
                self.ready += 1;
                match power {
                    Power::Running => self.running += 1,
                    Power::Hibernating => self.hibernating += 1,
                    Power::Hibernated => self.hibernated += 1,
                    Power::Resuming => self.resuming += 1,
                    Power::Upgrading => self.upgrading += 1,
                }
            }
        }
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.provisioning + self.ready + self.failed + self.deleting
    }
}
