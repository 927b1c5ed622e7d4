//! Sends jobs again for stores that are overdue. The sweep function does the same: a runner goes on with it
//! where that does not run.

use std::{sync::Arc, time::Duration};

use domain::{
    queue::sweep::{SweepError, sweep},
    values::timestamp::Timestamp,
};

use super::{BackgroundLoop, FirstTurn, Schedule};
use crate::{observe::readiness::Peer, runner::Runner};

/// The sweeps of one runner.
pub(super) struct DueSweep(Arc<Runner>);

impl DueSweep {
    pub(super) fn new(runner: Arc<Runner>) -> Self {
        Self(runner)
    }
}

impl BackgroundLoop for DueSweep {
    type Report = usize;
    type Error = SweepError;

    fn name(&self) -> &'static str {
        "sweep"
    }

    /// At once: what was overdue when the last runner ended has waited long enough.
    fn schedule(&self) -> Schedule {
        Schedule { interval: self.0.limits.sweep_interval(), first: FirstTurn::AtOnce }
    }

    async fn turn(&mut self) -> Result<usize, SweepError> {
        let Self(runner) = self;
        let sent = sweep(&runner.table, &runner.queue, Timestamp::now()).await?;
        runner.readiness.reached(Peer::Table);
        Ok(sent)
    }

    fn record(&self, sent: &Result<usize, SweepError>, _duration: Duration) {
        self.0.metrics.sweep_ended(sent);
    }
}
