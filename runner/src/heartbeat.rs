//! Keeps a runner's lease and its message while it works: one beat extends both.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{
    lease::Claim,
    queue::Delivery,
    store::Store,
    table::{CommitError, Fenced, Table},
    timestamp::Timestamp,
};
use tokio::time::{Instant, MissedTickBehavior};

use crate::readiness::{Peer, Readiness};

/// The longest time between two beats. A delete elsewhere is seen at the next one, so this is how
/// long a provisioning may go on after it.
const LONGEST_PERIOD: Duration = Duration::from_millis(1500);

/// Until when the lease is known to be held. Whoever is about to change the cluster asks first: a
/// process that was frozen past its lease and thaws may get to that before its heartbeat does.
#[derive(Debug)]
pub struct Hold {
    lease: Duration,
    until: Mutex<Instant>,
}

impl Hold {
    /// A lease of the length `lease` that was taken just now.
    #[must_use]
    pub fn new(lease: Duration) -> Self {
        Self { lease, until: Mutex::new(Instant::now() + lease) }
    }

    /// Whether the lease is known to be held now.
    #[must_use]
    pub fn is_held(&self) -> bool {
        Instant::now() < self.until()
    }

    fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn extend(&self, asked: Instant) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = asked + self.lease;
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
