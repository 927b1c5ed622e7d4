//! Keeps a runner's lease and its message while it works: one beat extends both.

use std::time::Duration;

use domain::{
    lease::Claim,
    queue::Delivery,
    store::Store,
    table::{CommitError, Fenced, Table},
    values::timestamp::Timestamp,
};
use tokio::time::{Instant, MissedTickBehavior};

use super::LeaseGuard;
use crate::observe::readiness::{Peer, Readiness};

/// The longest time between two beats. A delete elsewhere is seen at the next one, so this is how
/// long a provisioning may go on after it.
const LONGEST_PERIOD: Duration = Duration::from_millis(1500);

/// Beats, at least six times a lease time, until the lease can't be kept: then its cause is returned,
/// and what was being done must be dropped.
pub async fn keep(
    table: &Table,
    claim: &Claim,
    store: &Store,
    delivery: &Delivery,
    lease: &LeaseGuard,
    readiness: &Readiness,
) -> Fenced {
    let period = LONGEST_PERIOD.min(lease.length() / 6);
    let mut beats = tokio::time::interval_at(Instant::now() + period, period);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let asked = Instant::now();
        let extended = table.extend_lease(claim, store, Timestamp::now(), lease.length());
        match tokio::time::timeout_at(lease.until(), extended).await {
            Ok(Ok(())) => {
                lease.extend(asked);
                readiness.reached(Peer::Table);
            }
            Ok(Err(CommitError::Fenced(fenced))) => return fenced,
            Ok(Err(CommitError::Table(error))) => tracing::warn!(%error, "the lease could not be extended"),
            Err(_) => return Fenced::LeaseLost,
        }
        if !lease.is_held() {
            return Fenced::LeaseLost;
        }
        // The message comes back when this fails, and its receiver finds the lease held.
        match delivery.extend(lease.length()).await {
            Ok(()) => readiness.reached(Peer::Queue),
            Err(error) => tracing::warn!(%error, "the message's visibility could not be extended"),
        }
    }
}
