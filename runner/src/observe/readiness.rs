//! Whether this runner could work if there were work: which of its peers it has reached lately.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use strum::VariantArray as _;

/// What a runner can't work without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::VariantArray)]
pub enum Peer {
    /// DynamoDB's table: each sweep and each heartbeat reaches it.
    #[strum(to_string = "table")]
    Table,
    /// The queue of jobs: each poll reaches it, and each heartbeat.
    #[strum(to_string = "queue")]
    Queue,
    /// The Kubernetes API: each request reaches it, the regular probe among them.
    #[strum(to_string = "API server")]
    ApiServer,
}

/// When each peer was last reached. Its clones share what they know.
///
/// Nothing is called to answer a probe: a probe that comes often, or from many, costs the peers
/// nothing, and reports what the work itself has met.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<[Option<Instant>; Peer::VARIANTS.len()]>>);

/// How one peer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Who.
    pub peer: Peer,
    /// How long ago it was reached; `None` if it never was.
    pub ago: Option<Duration>,
    /// How long ago may be for the runner to count as ready.
    pub window: Duration,
}

impl Readiness {
    /// `peer` has just done what it was asked for.
    pub fn reached(&self, peer: Peer) {
        self.reached_at(peer, Instant::now());
    }

    /// How each peer stands at `now`, when being reached within `window` is enough.
    #[must_use]
    pub fn at(&self, now: Instant, window: Duration) -> Vec<Reach> {
        let reached = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ago = reached.map(|reached| reached.map(|reached| now.saturating_duration_since(reached)));
        Peer::VARIANTS.iter().zip(ago).map(|(&peer, ago)| Reach { peer, ago, window }).collect()
    }

    fn reached_at(&self, peer: Peer, now: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[peer as usize] = Some(now);
    }
}

impl Reach {
    /// Whether that is lately enough.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        self.ago.is_some_and(|ago| ago <= self.window)
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, ago, window } = self;
        match ago.map(|ago| ago.as_secs()) {
            None => write!(f, "{peer}: not reached yet"),
            Some(ago) if self.is_recent() => write!(f, "{peer}: reached {ago} s ago"),
            Some(ago) => write!(f, "{peer}: not reached within {} s, but {ago} s ago", window.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    fn missing(readiness: &Readiness, now: Instant) -> Vec<String> {
        let peers = readiness.at(now, WINDOW).into_iter();
        peers.filter(|peer| !peer.is_recent()).map(|peer| peer.to_string()).collect()
    }

    #[test]
    fn a_new_runner_has_reached_nobody() {
        assert_eq!(
            missing(&Readiness::default(), Instant::now()),
            ["table: not reached yet", "queue: not reached yet", "API server: not reached yet"]
        );
    }

    #[test]
    fn a_runner_is_ready_from_when_it_has_reached_all_until_one_is_silent_for_longer_than_the_window() {
        let (readiness, start) = (Readiness::default(), Instant::now());
        readiness.reached_at(Peer::Table, start);
        readiness.reached_at(Peer::Queue, start);
        assert_eq!(missing(&readiness, start), ["API server: not reached yet"]);

        readiness.reached_at(Peer::ApiServer, start + Duration::from_secs(20));
        assert!(missing(&readiness, start + WINDOW).is_empty());

        readiness.reached_at(Peer::Table, start + Duration::from_secs(30));
        let later = start + WINDOW + Duration::from_secs(1);
        assert_eq!(missing(&readiness, later), ["queue: not reached within 60 s, but 61 s ago"]);

        readiness.clone().reached_at(Peer::Queue, later);
        assert!(missing(&readiness, later).is_empty(), "it is ready again once it has reached it again");
    }
}
