//! What the runner does regularly beside its jobs: one file a loop, and one way in which they all run.
//!
//! Each loop is a [`BackgroundLoop`]: what one turn does, how often, and how a turn is counted. [`run`] does the
//! rest: it waits, logs what failed, and stops when the runner drains. A turn that is stopped half-way, or
//! fails, is made good by a later one, of this runner or of another.

mod health;
pub mod orphans;
mod pages;
mod probe;
mod release;
mod sweep;

use std::{fmt::Display, sync::Arc, time::Duration};

use rand::{TryRng as _, rngs::SysRng};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use self::{orphans::OrphanScan, probe::ApiServerProbe, release::ReleaseAnnouncement, sweep::DueSweep};
use crate::{
    health::{HealthSweeper, PageChecks, Pages},
    runner::Runner,
};

/// Something that the runner does again and again.
pub trait BackgroundLoop: Send {
    /// What a turn comes to.
    type Report: Send;
    /// Why a turn failed.
    type Error: Display + Send;

    /// What it is called in the log.
    fn name(&self) -> &'static str;

    /// When its turns are.
    fn schedule(&self) -> Schedule;

    /// Does it once.
    fn turn(&mut self) -> impl Future<Output = Result<Self::Report, Self::Error>> + Send;

    /// Counts a turn that took `duration`.
    fn record(&self, turn: &Result<Self::Report, Self::Error>, duration: Duration);

    /// How long it is until the next turn.
    fn pause(&self, _turn: &Result<Self::Report, Self::Error>) -> Pause {
        Pause::Interval
    }

    /// Releases what it holds, so that another runner need not wait for it.
    fn release(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        std::future::ready(())
    }
}

/// When the turns of a loop are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The longest time from the beginning of one turn to that of the next.
    pub interval: Duration,
    /// When the first turn is.
    pub first: FirstTurn,
}

/// When the first turn of a loop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstTurn {
    /// As soon as the runner is up.
    AtOnce,
    /// After an interval: what waits for a runner that has just started is more urgent.
    AfterInterval,
}

/// The time between two turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The loop's interval since this turn began, less up to a tenth of it: runners that start together spread
    /// out.
    Interval,
    /// Exactly this long from now on.
    Exactly(Duration),
}

/// Starts all loops of `runner`, each of which ends with `drain`.
#[must_use]
pub fn start(runner: &Arc<Runner>, drain: &CancellationToken) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    loops.spawn(run(DueSweep::new(Arc::clone(runner)), drain.clone()));
    loops.spawn(run(OrphanScan::new(runner), drain.clone()));
    if runner.settings.checks.is_asking() {
        let pages = Pages::default();
        loops.spawn(run(PageChecks::new(runner, pages.clone()), drain.clone()));
        loops.spawn(run(HealthSweeper::new(runner).with_pages(pages), drain.clone()));
    } else {
        loops.spawn(run(HealthSweeper::new(runner), drain.clone()));
    }
    loops.spawn(run(ApiServerProbe::new(runner.client.clone()), drain.clone()));
    loops.spawn(run(ReleaseAnnouncement::new(Arc::clone(runner)), drain.clone()));
    loops
}

/// Takes turn after turn until `drain`.
pub async fn run(mut background: impl BackgroundLoop, drain: CancellationToken) {
    let Schedule { interval, first } = background.schedule();
    let mut next = Instant::now()
        + match first {
            FirstTurn::AtOnce => Duration::ZERO,
            FirstTurn::AfterInterval => interval,
        };
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = drain.cancelled() => break,
        }
        let begun = Instant::now();
        let turn = tokio::select! {
            turn = background.turn() => turn,
            () = drain.cancelled() => break,
        };
        background.record(&turn, begun.elapsed());
        next = match background.pause(&turn) {
            Pause::Interval => begun + (interval - jitter(interval)),
            Pause::Exactly(pause) => Instant::now() + pause,
        };
        if let Err(error) = turn {
            tracing::error!(name = background.name(), %error, "a background loop failed: its next turn tries again");
        }
    }
    background.release().await;
}

/// A random part of a tenth of `interval`; none where the operating system has no randomness to give.
fn jitter(interval: Duration) -> Duration {
    match SysRng.try_next_u32() {
        Ok(random) => (interval / 10).mul_f64(f64::from(random) / f64::from(u32::MAX)),
        Err(error) => {
            tracing::warn!(%error, "a background loop runs without jitter");
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(100);

    /// A loop that says when each turn begins; turn after turn fails, or never ends.
    struct Recorded {
        first: FirstTurn,
        pause: Pause,
        ends: bool,
        turns: mpsc::UnboundedSender<&'static str>,
    }

    impl BackgroundLoop for Recorded {
        type Report = ();
        type Error = &'static str;

        fn name(&self) -> &'static str {
            "recorded"
        }

        fn schedule(&self) -> Schedule {
            Schedule { interval: INTERVAL, first: self.first }
        }

        async fn turn(&mut self) -> Result<(), &'static str> {
            self.turns.send("turn").unwrap();
            if self.ends { Err("no") } else { std::future::pending().await }
        }

        fn record(&self, turn: &Result<(), &'static str>, _duration: Duration) {
            assert!(turn.is_err());
            self.turns.send("record").unwrap();
        }

        fn pause(&self, _turn: &Result<(), &'static str>) -> Pause {
            self.pause
        }

        async fn release(self) {
            self.turns.send("release").unwrap();
        }
    }

    /// The loop as it runs, what it says, and what ends it.
    fn started(
        first: FirstTurn,
        pause: Pause,
        ends: bool,
    ) -> (mpsc::UnboundedReceiver<&'static str>, CancellationToken) {
        let (turns, said) = mpsc::unbounded_channel();
        let drain = CancellationToken::new();
        tokio::spawn(run(Recorded { first, pause, ends, turns }, drain.clone()));
        (said, drain)
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_fails_is_counted_and_the_next_one_comes_within_an_interval() {
        let start = Instant::now();
        let (mut said, _drain) = started(FirstTurn::AtOnce, Pause::Interval, true);
        assert_eq!((said.recv().await, start.elapsed()), (Some("turn"), Duration::ZERO));
        assert_eq!(said.recv().await, Some("record"));
        assert_eq!(said.recv().await, Some("turn"));
        // The clock has whole milliseconds.
        let pause = start.elapsed();
        assert!(pause >= INTERVAL * 9 / 10 && pause <= INTERVAL + Duration::from_millis(1), "{pause:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_may_begin_after_an_interval_and_choose_its_pause() {
        let start = Instant::now();
        let (mut said, _drain) =
            started(FirstTurn::AfterInterval, Pause::Exactly(Duration::from_secs(7)), true);
        assert_eq!((said.recv().await, start.elapsed()), (Some("turn"), INTERVAL));
        assert_eq!(said.recv().await, Some("record"));
        assert_eq!((said.recv().await, start.elapsed()), (Some("turn"), INTERVAL + Duration::from_secs(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_ends_a_turn_half_way_and_a_pause_and_what_is_held_is_released() {
        let (mut said, drain) = started(FirstTurn::AtOnce, Pause::Interval, false);
        assert_eq!(said.recv().await, Some("turn"));
        drain.cancel();
        assert_eq!((said.recv().await, said.recv().await), (Some("release"), None));

        let (mut said, drain) = started(FirstTurn::AfterInterval, Pause::Interval, true);
        drain.cancel();
        assert_eq!((said.recv().await, said.recv().await), (Some("release"), None), "no turn was taken");
    }
}
