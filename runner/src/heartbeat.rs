//! Keeps a runner's lease and its message while it works: one beat extends both.

use std::time::Duration;

use domain::{
    lease::Claim,
    queue::Delivery,
    store::Store,
    table::{CommitError, Fenced, Table},
    values::timestamp::Timestamp,
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior},
};

use crate::readiness::{Peer, Readiness};

/// The longest time between two beats. A delete elsewhere is seen at the next one, so this is how
/// long a provisioning may go on after it.
const LONGEST_PERIOD: Duration = Duration::from_millis(1500);

/// Until when the lease is known to be held. Whoever is about to change the cluster asks first: a
/// process that was frozen past its lease and thaws may get to that before its heartbeat does.
#[derive(Debug)]
pub struct Hold {
    lease: Duration,
    until: watch::Sender<Instant>,
}

impl Hold {
    /// A lease of the length `lease` whose taking was `asked` for at that time. It counts from there:
    /// the answer may have been on its way for long.
    #[must_use]
    pub fn new(asked: Instant, lease: Duration) -> Self {
        Self { lease, until: watch::Sender::new(asked + lease) }
    }

    /// Whether the lease is known to be held now.
    #[must_use]
    pub fn is_held(&self) -> bool {
        Instant::now() < self.until()
    }

    /// Waits until the lease is known to be held. On a slow machine the answer to a beat may come when
    /// the time before it is over; what waits here then goes on. Otherwise the heartbeat finds the
    /// lease lost, and drops the whole work.
    pub async fn held(&self) {
        let mut until = self.until.subscribe();
        // Its sender is here.
        let _ = until.wait_for(|until| Instant::now() < *until).await;
    }

    fn until(&self) -> Instant {
        *self.until.borrow()
    }

    fn extend(&self, asked: Instant) {
        self.until.send_replace(asked + self.lease);
    }
}

/// Beats, at least six times a lease time, until the lease can't be kept: then its cause is returned,
/// and what was being done must be dropped.
pub async fn keep(
    table: &Table,
    claim: &Claim,
    store: &Store,
    delivery: &Delivery,
    hold: &Hold,
    readiness: &Readiness,
) -> Fenced {
    let period = LONGEST_PERIOD.min(hold.lease / 6);
    let mut beats = tokio::time::interval_at(Instant::now() + period, period);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let asked = Instant::now();
        let extended = table.extend_lease(claim, store, Timestamp::now(), hold.lease);
        match tokio::time::timeout_at(hold.until(), extended).await {
            Ok(Ok(())) => {
                hold.extend(asked);
                readiness.reached(Peer::Table);
            }
            Ok(Err(CommitError::Fenced(fenced))) => return fenced,
            Ok(Err(CommitError::Table(error))) => tracing::warn!(%error, "the lease could not be extended"),
            Err(_) => return Fenced::LeaseLost,
        }
        if !hold.is_held() {
            return Fenced::LeaseLost;
        }
        // The message comes back when this fails, and its receiver finds the lease held.
        match delivery.extend(hold.lease).await {
            Ok(()) => readiness.reached(Peer::Queue),
            Err(error) => tracing::warn!(%error, "the message's visibility could not be extended"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn work_that_found_the_lease_run_out_goes_on_when_a_late_answer_extends_it() {
        let lease = Duration::from_secs(60);
        let hold = Arc::new(Hold::new(Instant::now() - lease, lease));
        assert!(!hold.is_held());
        let mut waits = std::pin::pin!(hold.held());
        tokio::select! {
            biased;
            () = waits.as_mut() => panic!("nothing extended it"),
            () = std::future::ready(()) => {}
        }
        hold.extend(Instant::now());
        waits.await;
    }

    #[test]
    fn a_lease_counts_from_when_it_was_asked_for() {
        let lease = Duration::from_secs(60);
        assert!(!Hold::new(Instant::now() - lease, lease).is_held());
        assert!(Hold::new(Instant::now(), lease).is_held());
    }
}
