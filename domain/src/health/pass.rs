//! A pass over all stores, which one runner at a time makes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::timestamp::Timestamp;

/// The proof that a runner took the passes' lease; what each of its writes is fenced with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassClaim {
    pub(crate) epoch: u64,
}

impl PassClaim {
    /// The fencing token.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

/// What is known of the passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastPass {
    /// How long from the start of one to the start of the next.
    pub interval: Duration,
    /// When the last one that came to its end began to look; `None` before the first.
    pub observed: Option<Timestamp>,
}

/// How many stores a pass saw of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is named after its verdict")]
pub struct Tally {
    pub healthy: u32,
    pub degraded: u32,
    pub down: u32,
    pub missing: u32,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Healthy => self.healthy += 1,
            Verdict::Degraded => self.degraded += 1,
            Verdict::Down => self.down += 1,
            Verdict::Missing => self.missing += 1,
        }
    }

    /// How many it has of one verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Healthy => self.healthy,
            Verdict::Degraded => self.degraded,
            Verdict::Down => self.down,
            Verdict::Missing => self.missing,
        }
    }
}
