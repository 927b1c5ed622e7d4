//! Makes the health sweeps whenever no other runner does, and lets the next one go on when this one ends.

use std::time::Duration;

use domain::values::timestamp::Timestamp;

use super::{BackgroundLoop, FirstTurn, Pause, Schedule};
use crate::health::{HealthSweep, HealthSweepFailure, HealthSweeper};

impl BackgroundLoop for HealthSweeper {
    type Report = HealthSweep;
    type Error = HealthSweepFailure;

    fn name(&self) -> &'static str {
        "health sweep"
    }

    fn schedule(&self) -> Schedule {
        Schedule { interval: self.interval(), first: FirstTurn::AfterInterval }
    }

    async fn turn(&mut self) -> Result<HealthSweep, HealthSweepFailure> {
        self.sweep(Timestamp::now()).await
    }

    fn record(&self, swept: &Result<HealthSweep, HealthSweepFailure>, duration: Duration) {
        Self::record(self, swept, duration);
    }

    fn pause(&self, swept: &Result<HealthSweep, HealthSweepFailure>) -> Pause {
        pause(swept, Timestamp::now(), self.interval())
    }

    async fn release(self) {
        Self::release(self).await;
    }
}

/// How long from one sweep to the next, or to the end of the lease of who makes them.
fn pause(swept: &Result<HealthSweep, HealthSweepFailure>, now: Timestamp, interval: Duration) -> Pause {
    match swept {
        Ok(HealthSweep::Elsewhere(until)) => Pause::Exactly(until.since(now).min(interval)),
        Ok(HealthSweep::Here(_)) | Err(_) => Pause::Interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_that_waits_for_the_sweeps_tries_again_at_the_end_of_their_lease_or_after_an_interval() {
        let (now, interval) = (Timestamp::now(), Duration::from_secs(30));
        let elsewhere = |seconds| {
            let until = now.plus(Duration::from_secs(seconds));
            pause(&Ok(HealthSweep::Elsewhere(until)), now, interval)
        };
        for (left, pause) in [(0, 0), (7, 7), (60, 30)] {
            assert_eq!(elsewhere(left), Pause::Exactly(Duration::from_secs(pause)));
        }
        assert_eq!(pause(&Err(HealthSweepFailure::Late(interval)), now, interval), Pause::Interval);
    }
}
