//! What the harness knows of one environment's store from what passes on all its injectors.

use std::{
    collections::HashSet,
    sync::Mutex,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::injection::call::{ACKNOWLEDGE, COMMIT, Purpose, TAKE_LEASE};

/// A runner asks whether it holds the lease, and sends; between the two, another thread of a busy
/// machine may run for as long as this.
const LONGEST_CHECK_TO_SEND: Duration = Duration::from_millis(400);

/// Who holds the lease of the store, and what was done that must not be.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Who took the lease last.
    owner: Mutex<Option<Owner>>,
    /// The takes that were seen, of those that the table counts.
    seen: Mutex<HashSet<Take>>,
    takes: watch::Sender<usize>,
    violations: Mutex<Vec<String>>,
    /// How many writes and acknowledged messages have passed: the store may have changed.
    changes: watch::Sender<usize>,
}

/// Which take of a lease it was, as the table counts them: by the store's uid, which a store of the same name that was
/// made later has a greater one of, and by the lease's epoch.
pub(crate) type Take = (String, u64);

/// Who has a store's lease by the answer of the table: it says so where it grants a lease, and where it refuses one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) runner: usize,
    pub(crate) take: Take,
}

/// Who has taken the store's lease.
#[derive(Clone, Debug)]
struct Owner {
    runner: usize,
    /// Which take it was, where the table says so: it does of stores, and not of questions about them. Neither when
    /// they were asked for nor when they were answered orders them: a runner may stand still before and after.
    take: Option<Take>,
    /// When it asked for it.
    asked: Instant,
    /// When it had the answer.
    since: Instant,
}

/// A call that a runner has sent to a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentCall {
    runner: usize,
    at: Instant,
    /// Who else had the lease then.
    successor: Option<usize>,
}

impl Records {
    /// How often the store's lease was taken.
    pub(crate) fn takes(&self) -> watch::Receiver<usize> {
        self.takes.subscribe()
    }

    /// `runner` sends a call now.
    pub(crate) fn sends(&self, runner: usize) -> SentCall {
        let successor = self.owner_other_than(runner).map(|owner| owner.runner);
        SentCall { runner, at: Instant::now(), successor }
    }

    fn owner_other_than(&self, runner: usize) -> Option<Owner> {
        let owner = self.owner.lock().unwrap().clone();
        owner.filter(|owner| owner.runner != runner)
    }

    /// Counts the writes of the work and the acknowledged messages.
    pub(crate) fn changes(&self) -> watch::Receiver<usize> {
        self.changes.subscribe()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    /// A runner is about to change the cluster by a call that was made at `called_at`, which it may only while nobody
    /// took its lease.
    pub(crate) fn changes_the_cluster(&self, runner: usize, purpose: &Purpose, called_at: Instant) {
        let Some(Owner { runner: owner, since, .. }) = self.owner_other_than(runner) else { return };
        let late = called_at.saturating_duration_since(since);
        if late > LONGEST_CHECK_TO_SEND {
            let violation = format!(
                "runner {runner} went to {purpose} {} ms after runner {owner} had taken the lease",
                late.as_millis()
            );
            self.violations.lock().unwrap().push(violation);
        }
    }

    /// A peer has answered a runner. Where a successor had the lease before the runner even asked, a
    /// write must have been refused: that is what the fence is for.
    pub(crate) fn answered(&self, sent: SentCall, purpose: &Purpose, status: u16, holding: Option<Holding>) {
        let SentCall { runner, at: asked, successor } = sent;
        if let Some(successor) = successor.filter(|_| status == 200 && purpose.is_fenced()) {
            let violation =
                format!("a {purpose} of runner {runner} was taken after runner {successor} had the lease");
            self.violations.lock().unwrap().push(violation);
        }
        if purpose.is(TAKE_LEASE) {
            match holding {
                // Refused, it may be the runner's own all the same: it asks again where an answer was lost.
                Some(Holding { runner, take }) => self.is_held(runner, Some(take), asked),
                None if status == 200 => self.is_held(runner, None, asked),
                None => {}
            }
        }
        if purpose.is(COMMIT) || purpose.is(ACKNOWLEDGE) {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }
    /// `runner` has the lease, for which it asked at `asked`.
    fn is_held(&self, runner: usize, take: Option<Take>, asked: Instant) {
        if let Some(take) = &take
            && !self.seen.lock().unwrap().insert(take.clone())
        {
            return;
        }
        let mut owner = self.owner.lock().unwrap();
        let is_later = |owner: &Owner| match (&owner.take, &take) {
            (Some(before), Some(take)) => before < take,
            (None, _) | (_, None) => owner.asked < asked,
        };
        if owner.as_ref().is_none_or(is_later) {
            *owner = Some(Owner { runner, take, asked, since: Instant::now() });
        }
        self.takes.send_modify(|takes| *takes += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table answers `runner`, which asked for the lease, that `holder` has it.
    fn lease_is_asked_for(records: &Records, runner: usize, holder: usize, epoch: u64) {
        let status = if runner == holder { 200 } else { 400 };
        let holding = Holding { runner: holder, take: ("uid".to_owned(), epoch) };
        records.answered(records.sends(runner), &Purpose::new(TAKE_LEASE), status, Some(holding));
    }

    #[test]
    fn a_commit_of_a_runner_whose_lease_was_taken_must_be_refused() {
        let records = Records::default();
        lease_is_asked_for(&records, 0, 0, 1);
        lease_is_asked_for(&records, 1, 1, 2);
        records.answered(records.sends(0), &Purpose::new(COMMIT), 400, None);
        assert!(records.violations().is_empty());
        records.answered(records.sends(0), &Purpose::new(COMMIT), 200, None);
        assert_eq!(records.violations().len(), 1);
    }

    #[test]
    fn a_lease_whose_answer_was_lost_is_known_by_the_refusal_of_what_is_asked_again() {
        let records = Records::default();
        lease_is_asked_for(&records, 1, 1, 1);
        let holding = Holding { runner: 0, take: ("uid".to_owned(), 2) };
        records.answered(records.sends(0), &Purpose::new(TAKE_LEASE), 400, Some(holding));
        records.answered(records.sends(0), &Purpose::new(COMMIT), 200, None);
        assert!(records.violations().is_empty());
        assert_eq!(*records.takes().borrow(), 2);
    }

    #[test]
    fn who_is_refused_tells_of_no_new_take() {
        let records = Records::default();
        lease_is_asked_for(&records, 0, 0, 1);
        lease_is_asked_for(&records, 1, 0, 1);
        assert_eq!(*records.takes().borrow(), 1);
    }

    #[test]
    fn who_goes_to_the_cluster_long_after_another_one_had_the_lease_is_found_and_who_called_before_is_not() {
        let records = Records::default();
        lease_is_asked_for(&records, 0, 0, 1);
        let before = Instant::now();
        lease_is_asked_for(&records, 1, 1, 2);
        let write = Purpose::new("create secrets");
        let long_after = Instant::now() + 2 * LONGEST_CHECK_TO_SEND;
        records.changes_the_cluster(0, &write, before);
        records.changes_the_cluster(1, &write, long_after);
        assert_eq!(records.violations(), [""; 0]);
        records.changes_the_cluster(0, &write, long_after);
        assert_eq!(records.violations().len(), 1);
    }
}
