//! What happens in a random run, all of it decided by one number.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use strum::VariantArray as _;

use crate::{
    environment::runner_thread::LEASE,
    injection::call::{
        ACKNOWLEDGE, COMMIT, Call, EXTEND_LEASE, EXTEND_MESSAGE, POLL, Peer, READ_LISTENERS,
        READ_NOTICE_COUNT, READ_STORE, RELEASE_LEASE, SWEEP, TAKE_LEASE,
    },
    injection::fault::{Fault, FaultKind},
};

/// Calls at which a fault may happen, and how many of each a runner may come to.
const CALLS: [(&str, usize); 29] = [
    (COMMIT, 14),
    (COMMIT, 14),
    (TAKE_LEASE, 2),
    (READ_STORE, 3),
    (READ_LISTENERS, 2),
    (READ_NOTICE_COUNT, 1),
    (EXTEND_LEASE, 6),
    (EXTEND_MESSAGE, 6),
    (RELEASE_LEASE, 1),
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
const WAYS: [FaultKind; 6] = [
    FaultKind::FailBefore,
    FaultKind::FailAfter,
    FaultKind::KillBefore,
    FaultKind::KillAfter,
    FaultKind::FreezeBefore,
    FaultKind::FreezeAfter,
];
/// How many changes (writes of the work, and answers to messages) a life has, more or less.
const CHANGES: usize = 18;

/// How a store's first job comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FirstJob {
    Sent,
    Twice,
    /// Not at all: the sweep finds the store.
    Lost,
    /// Longer after the store than a sweep takes to find it.
    Late(Duration),
}

/// What happens to the environment beside the faults.
#[derive(Clone, Debug)]
pub(crate) enum Disturbance {
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

/// A disturbance, and after how many changes it happens.
#[derive(Clone, Debug)]
pub(crate) struct PlannedDisturbance {
    pub(crate) after: usize,
    pub(crate) disturbance: Disturbance,
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) first_job: FirstJob,
    /// Each runner's faults.
    pub(crate) runners: Vec<Vec<Fault>>,
    pub(crate) disturbances: Vec<PlannedDisturbance>,
    /// How long a frozen runner stays so.
    pub(crate) frozen_for: Duration,
    /// How long until another runner comes in the place of one that is gone.
    pub(crate) gone_for: Duration,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let first_job = match random.random_range(0..6) {
            0 => FirstJob::Twice,
            1 => FirstJob::Lost,
            2 => FirstJob::Late(Duration::from_secs(random.random_range(1..=2))),
            _ => FirstJob::Sent,
        };
        let count = random.random_range(2..=3);
        let mut disturbances: Vec<_> =
            (0..random.random_range(0..=3)).map(|_| PlannedDisturbance::random(&mut random, count)).collect();
        disturbances.sort_by_key(|planned| planned.after);
        // A store is deleted for good once.
        if let Some(end) =
            disturbances.iter().position(|planned| matches!(planned.disturbance, Disturbance::Delete))
        {
            disturbances.truncate(end + 1);
        }
        let runners = (0..count)
            .map(|_| (0..random.random_range(0..=3)).map(|_| fault(&mut random)).collect())
            .collect();
        let frozen_for = LEASE.mul_f64(random.random_range(0.2..2.5));
        let gone_for = Duration::from_millis(random.random_range(0..800));
        Self { first_job, runners, disturbances, frozen_for, gone_for }
    }
}

impl PlannedDisturbance {
    fn random(random: &mut StdRng, runners: usize) -> Self {
        let after = random.random_range(0..CHANGES);
        let disturbance = match random.random_range(0..7) {
            0 => Disturbance::Delete,
            1 => Disturbance::DeleteAndCreate,
            2 => Disturbance::Duplicate(Duration::from_secs(random.random_range(0..=2))),
            3 => Disturbance::Stale(Duration::from_secs(random.random_range(0..=2))),
            _ => Disturbance::Cut {
                runner: random.random_range(0..runners),
                peer: *Peer::VARIANTS.choose(random).unwrap(),
                time: LEASE.mul_f64(random.random_range(0.1..1.5)),
            },
        };
        Self { after, disturbance }
    }
}

fn fault(random: &mut StdRng) -> Fault {
    let (purpose, most) = *CALLS.choose(random).unwrap();
    let kind = *WAYS.choose(random).unwrap();
    let call = Call::new(purpose, random.random_range(1..=most));
    Fault { call, kind }
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
