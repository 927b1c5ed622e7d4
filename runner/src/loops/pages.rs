//! Asks shops for their pages, as long as this runner makes the health sweeps.

use std::{convert::Infallible, time::Duration};

use super::{BackgroundLoop, FirstTurn, Schedule};
use crate::health::{PageChecks, PageCounts};

impl BackgroundLoop for PageChecks {
    type Report = PageCounts;
    type Error = Infallible;

    fn name(&self) -> &'static str {
        "page check"
    }

    fn schedule(&self) -> Schedule {
        Schedule { interval: self.interval(), first: FirstTurn::AfterInterval }
    }

    async fn turn(&mut self) -> Result<PageCounts, Infallible> {
        Ok(self.check().await)
    }

    fn record(&self, turn: &Result<PageCounts, Infallible>, duration: Duration) {
        match turn {
            Ok(counts) => Self::record(self, counts, duration),
            Err(never) => match *never {},
        }
    }
}
