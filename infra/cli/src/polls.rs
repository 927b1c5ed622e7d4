//! Asks the API again and again: it has no way of telling by itself.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

/// How often the API is asked.
const POLL: Duration = Duration::from_millis(250);

/// The times at which the API is asked.
#[derive(Debug)]
pub(crate) struct Polls(Interval);

impl Polls {
    /// The first of them is now.
    pub(crate) fn new() -> Self {
        let mut interval = tokio::time::interval(POLL);
        // Those that passed while the API was away are not made up for.
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(interval)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        self.0.tick().await;
    }
}
