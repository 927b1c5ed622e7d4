//! What happens in a random mix, all of it decided by one number.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use strum::VariantArray as _;

use crate::{
    call::{ACKNOWLEDGE, BEAT, COMMIT, Call, HIDE, POLL, Peer, READ, RELEASE, SWEEP, TAKE},
    fault::{Fault, Way},
    host::LEASE,
};

/// Calls at which a fault may happen, and how many of each a runner may come to.
const CALLS: [(&str, usize); 27] = [
    (COMMIT, 14),
    (COMMIT, 14),
    (TAKE, 2),
    (READ, 3),
    (BEAT, 6),
    (HIDE, 6),
    (RELEASE, 1),
    (POLL, 3),
    (ACKNOWLEDGE, 1),
    (SWEEP, 4),
    ("create namespaces", 1),
    ("create networkpolicies", 2),
    ("create resourcequotas", 1),
    ("create secrets", 2),
    ("create secrets", 2),
    ("create deployments", 2),
    ("create persistentvolumeclaims", 2),
    ("create services", 2),
    ("create jobs", 1),
    ("create ingresses", 1),
    ("watch deployments", 2),
    ("watch jobs", 1),
    ("get namespaces", 2),
    ("delete namespaces", 1),
    ("list deployments", 1),
    ("delete deployments", 2),
    ("watch namespaces", 1),
];
/// How a call may go wrong. How long a frozen runner stays so is the plan's.
const WAYS: [Way; 6] =
    [Way::FailBefore, Way::FailAfter, Way::KillBefore, Way::KillAfter, Way::FreezeBefore, Way::FreezeAfter];
/// How many changes (writes of the work, and answers to messages) a life has, more or less.
const CHANGES: usize = 18;

/// How a store's first job comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beginning {
    Sent,
    Twice,
    /// Not at all: the sweep finds the store.
    Lost,
    /// Longer after the store than a sweep takes to find it.
    Late(Duration),
}

/// What happens to the world beside the faults.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Delete,
    /// A store of the same name is made as soon as the old one is gone.
    DeleteAndCreate,
    /// One more job comes, after so long.
    Duplicate(Duration),
    /// The very first job comes once more, after so long: by then it may be about what is past, or about
    /// a store that is gone.
    Stale(Duration),
    /// A peer can't be reached by one runner for so long.
    Cut {
        runner: usize,
        peer: Peer,
        time: Duration,
    },
}

/// A deed, and after how many changes it is done.
#[derive(Clone, Debug)]
pub(crate) struct Interlude {
    pub(crate) after: usize,
    pub(crate) deed: Deed,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) beginning: Beginning,
    /// Each runner's faults.
    pub(crate) runners: Vec<Vec<Fault>>,
    pub(crate) interludes: Vec<Interlude>,
    /// How long a frozen runner stays so.
    pub(crate) frozen_for: Duration,
    /// How long until another runner comes in the place of one that is gone.
    pub(crate) gone_for: Duration,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let beginning = match random.random_range(0..6) {
            0 => Beginning::Twice,
            1 => Beginning::Lost,
            2 => Beginning::Late(Duration::from_secs(random.random_range(1..=2))),
            _ => Beginning::Sent,
        };
        let count = random.random_range(2..=3);
        let mut interludes: Vec<_> =
            (0..random.random_range(0..=3)).map(|_| Interlude::random(&mut random, count)).collect();
        interludes.sort_by_key(|interlude| interlude.after);
        // A store is deleted for good once.
        if let Some(end) = interludes.iter().position(|interlude| matches!(interlude.deed, Deed::Delete)) {
            interludes.truncate(end + 1);
        }
        let runners = (0..count)
            .map(|_| (0..random.random_range(0..=3)).map(|_| fault(&mut random)).collect())
            .collect();
        let frozen_for = LEASE.mul_f64(random.random_range(0.2..2.5));
        let gone_for = Duration::from_millis(random.random_range(0..800));
        Self { beginning, runners, interludes, frozen_for, gone_for }
    }
}

impl Interlude {
    fn random(random: &mut StdRng, runners: usize) -> Self {
        let after = random.random_range(0..CHANGES);
        let deed = match random.random_range(0..7) {
            0 => Deed::Delete,
            1 => Deed::DeleteAndCreate,
            2 => Deed::Duplicate(Duration::from_secs(random.random_range(0..=2))),
            3 => Deed::Stale(Duration::from_secs(random.random_range(0..=2))),
            _ => Deed::Cut {
                runner: random.random_range(0..runners),
                peer: *Peer::VARIANTS.choose(random).unwrap(),
                time: LEASE.mul_f64(random.random_range(0.1..1.5)),
            },
        };
        Self { after, deed }
    }
}

fn fault(random: &mut StdRng) -> Fault {
    let (purpose, most) = *CALLS.choose(random).unwrap();
    let way = *WAYS.choose(random).unwrap();
    let call = Call::new(purpose, random.random_range(1..=most));
    Fault { call, way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_everything_and_another_one_something_else() {
        let plan = |seed| format!("{:?}", Plan::of(seed));
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
    }
}
