//! What the harness knows of one world's store from what passes on all its wires.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::call::{ACKNOWLEDGE, COMMIT, Purpose, TAKE};

/// A runner asks whether it holds the lease, and sends; between the two, another thread of a busy
/// machine may run for as long as this.
const BETWEEN_ASKING_AND_SENDING: Duration = Duration::from_millis(400);

/// Who works on the store, and what was done that must not be.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Who took the lease last, and when.
    owner: Mutex<Option<(usize, Instant)>>,
    takes: AtomicUsize,
    violations: Mutex<Vec<String>>,
    /// How many writes and answers to messages have passed: the store may have changed.
    changes: watch::Sender<usize>,
}

impl Ledger {
    /// How often the store's lease was taken.
    pub(crate) fn takes(&self) -> usize {
        self.takes.load(Ordering::SeqCst)
    }

    /// Counts the writes of the work and the answers to messages.
    pub(crate) fn changes(&self) -> watch::Receiver<usize> {
        self.changes.subscribe()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    /// A runner is about to change the cluster, which it may only while nobody took its lease.
    pub(crate) fn changes_the_cluster(&self, runner: usize, purpose: &Purpose) {
        let owner = *self.owner.lock().unwrap();
        let Some((owner, since)) = owner.filter(|(owner, _)| *owner != runner) else { return };
        let late = since.elapsed();
        if late > BETWEEN_ASKING_AND_SENDING {
            let violation = format!(
                "runner {runner} went to {purpose} {} ms after runner {owner} had taken the lease",
                late.as_millis()
            );
            self.violations.lock().unwrap().push(violation);
        }
    }

    /// A peer has answered a runner.
    pub(crate) fn answered(&self, runner: usize, purpose: &Purpose, status: u16) {
        if purpose.is(TAKE) && status == 200 {
            *self.owner.lock().unwrap() = Some((runner, Instant::now()));
            self.takes.fetch_add(1, Ordering::SeqCst);
        }
        if purpose.is(COMMIT) || purpose.is(ACKNOWLEDGE) {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }
}
