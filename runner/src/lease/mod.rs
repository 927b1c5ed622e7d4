//! The lease that a runner holds on a store while it works on it.

pub mod heartbeat;

use std::time::Duration;

use tokio::{sync::watch, time::Instant};

/// Until when the lease is known to be held. Whoever is about to change the cluster asks first: a
/// process that was frozen past its lease and thaws may get to that before its heartbeat does.
#[derive(Debug)]
pub struct LeaseGuard {
    lease: Duration,
    until: watch::Sender<Instant>,
}

impl LeaseGuard {
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

    /// How long it lasts from one extension on.
    fn length(&self) -> Duration {
        self.lease
    }

    fn until(&self) -> Instant {
        *self.until.borrow()
    }

    fn extend(&self, asked: Instant) {
        self.until.send_replace(asked + self.lease);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn work_that_found_the_lease_run_out_goes_on_when_a_late_answer_extends_it() {
        let lease = Duration::from_secs(60);
        let guard = Arc::new(LeaseGuard::new(Instant::now() - lease, lease));
        assert!(!guard.is_held());
        let mut waits = std::pin::pin!(guard.held());
        tokio::select! {
            biased;
            () = waits.as_mut() => panic!("nothing extended it"),
            () = std::future::ready(()) => {}
        }
        guard.extend(Instant::now());
        waits.await;
    }

    #[test]
    fn a_lease_counts_from_when_it_was_asked_for() {
        let lease = Duration::from_secs(60);
        assert!(!LeaseGuard::new(Instant::now() - lease, lease).is_held());
        assert!(LeaseGuard::new(Instant::now(), lease).is_held());
    }
}
