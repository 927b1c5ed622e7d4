//! A pass over all stores, which one runner at a time makes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::values::timestamp::Timestamp;

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
        *self.count(verdict) += 1;
    }

    /// Takes one back that was counted.
    pub fn take_back(&mut self, verdict: Verdict) {
        let count = self.count(verdict);
        *count = count.saturating_sub(1);
    }

    /// How many it has of one verdict.
    #[must_use]
    pub fn of(mut self, verdict: Verdict) -> u32 {
        *self.count(verdict)
    }

    fn count(&mut self, verdict: Verdict) -> &mut u32 {
        match verdict {
            Verdict::Healthy => &mut self.healthy,
            Verdict::Degraded => &mut self.degraded,
            Verdict::Down => &mut self.down,
            Verdict::Missing => &mut self.missing,
        }
    }
}
