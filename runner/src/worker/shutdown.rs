//! The end of the process, in its two stages.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a worker, or a front, watches for.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// Nothing new.
    pub drain: CancellationToken,
    /// Give back what still runs.
    pub stop: CancellationToken,
}

impl Shutdown {
    /// Listens for SIGTERM and SIGINT. At the first, the drain begins, and `grace` later the stop.
    ///
    /// # Errors
    /// When the process can't listen for signals.
    pub fn on_signal(grace: Duration) -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = Self::default();
        let stages = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!(grace_seconds = grace.as_secs(), "shutting down: nothing new is taken up");
            stages.drain.cancel();
            tokio::time::sleep(grace).await;
            tracing::info!("the grace is over: what still runs is released");
            stages.stop.cancel();
        });
        Ok(shutdown)
    }
}
