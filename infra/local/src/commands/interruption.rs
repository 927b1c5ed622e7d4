//! Ctrl-C, SIGTERM and a terminal that is closed, as one event.

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell expects of a program that Ctrl-C ended (128 + SIGINT).
pub(crate) const INTERRUPTED: u8 = 130;

/// Listens from its making on, so that none is lost.
#[derive(Debug)]
pub(crate) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Interruption {
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
