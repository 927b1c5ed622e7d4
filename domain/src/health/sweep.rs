//! A sweep over the health of all stores, which one runner at a time makes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Assessment;
use crate::values::timestamp::Timestamp;

/// How many sweeps may have gone by without a store being seen before nobody knows how it is.
const SWEEPS: u32 = 3;

/// What is known of the sweeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastHealthSweep {
    /// How long from the start of one to the start of the next.
    pub interval: Duration,
    /// When the last one that came to its end began to look; `None` before the first.
    pub observed: Option<Timestamp>,
}

impl LastHealthSweep {
    /// Whether what was seen at `observed` still tells how a store is at `now`.
    #[must_use]
    pub fn is_recent_for(&self, observed: Timestamp, now: Timestamp) -> bool {
        now.since(observed) <= self.interval * SWEEPS
    }

    /// Whether the last sweep still tells how all stores are at `now`.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.observed.is_some_and(|observed| self.is_recent_for(observed, now))
    }
}

/// How many stores a sweep saw of each assessment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is named after its assessment")]
pub struct AssessmentCounts {
    pub healthy: u32,
    pub degraded: u32,
    pub down: u32,
    pub missing: u32,
}

impl AssessmentCounts {
    /// Counts one more.
    pub fn add(&mut self, assessment: Assessment) {
        *self.count(assessment) += 1;
    }

    /// Takes one back that was counted.
    pub fn take_back(&mut self, assessment: Assessment) {
        let count = self.count(assessment);
        *count = count.saturating_sub(1);
    }

    /// How many it has in all.
    #[must_use]
    pub fn total(&self) -> u32 {
        let Self { healthy, degraded, down, missing } = self;
        healthy + degraded + down + missing
    }

    /// How many it has of one assessment.
    #[must_use]
    pub fn of(mut self, assessment: Assessment) -> u32 {
        *self.count(assessment)
    }

    fn count(&mut self, assessment: Assessment) -> &mut u32 {
        match assessment {
            Assessment::Healthy => &mut self.healthy,
            Assessment::Degraded => &mut self.degraded,
            Assessment::Down => &mut self.down,
            Assessment::Missing => &mut self.missing,
        }
    }
}
