//! How a long test gets on.

use std::{
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// After how many a line is due.
const LINE: usize = 20;

pub(crate) struct Progress {
    what: &'static str,
    all: usize,
    ended: AtomicUsize,
    start: Instant,
}

impl Progress {
    /// Of `all` that are still to run.
    pub(crate) fn of(all: usize, what: &'static str) -> Self {
        Self { what, all, ended: AtomicUsize::new(0), start: Instant::now() }
    }

    /// One more has ended.
    pub(crate) fn ended(&self) {
        let (all, ended) = (self.all, self.ended.fetch_add(1, Ordering::Relaxed) + 1);
        if ended.is_multiple_of(LINE) || ended == all {
            self.say(&format!("{ended} of {all} {} after {} s", self.what, self.start.elapsed().as_secs()));
        }
    }

    /// Says it at once: what a test prints is held back until it ends, and not shown if it ends well.
    pub(crate) fn say(&self, line: &str) {
        // Where nobody can read it, the test goes on all the same.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}
