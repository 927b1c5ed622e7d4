//! How long a call and each of its phases may take, and how much of an answer is read.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout_at};

/// The bounds of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For finding the addresses of a name.
    pub name: Duration,
    /// For connecting to one of them.
    pub connect: Duration,
    /// For agreeing on TLS.
    pub tls: Duration,
    /// For sending the request and reading the head of the answer.
    pub head: Duration,
    /// For reading the answer's body.
    pub body: Duration,
    /// For all of it.
    pub call: Duration,
    /// How many bytes the answer's head may have.
    pub head_bytes: usize,
    /// After how many bytes of the answer's body the rest is left alone.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            head: Duration::from_secs(15),
            body: Duration::from_secs(10),
            call: Duration::from_secs(15),
            head_bytes: 32 * 1024,
            body_bytes: 64 * 1024,
        }
    }
}

impl Limits {
    fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Name => self.name,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::Head => self.head,
            Phase::Body => self.body,
        }
    }
}

/// A part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Phase {
    /// Finding the addresses of the name.
    #[strum(serialize = "the name's addresses")]
    Name,
    /// Connecting to one of them.
    #[strum(serialize = "a connection")]
    Connect,
    /// Agreeing on TLS.
    #[strum(serialize = "an encrypted connection")]
    Tls,
    /// Sending the request and reading the head of the answer.
    #[strum(serialize = "an answer")]
    Head,
    /// Reading the answer's body.
    #[strum(serialize = "the end of the answer")]
    Body,
}

/// A call took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{phase} was not there within {:.1} s", limit.as_secs_f64())]
pub struct TimedOut {
    /// In which part.
    pub phase: Phase,
    /// How long that part, or all of the call, may take: what ended first.
    pub limit: Duration,
}

/// The time of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallClock {
    limits: Limits,
    end: Instant,
}

impl CallClock {
    /// It starts to run.
    pub(crate) fn start(limits: Limits) -> Self {
        Self { limits, end: Instant::now() + limits.call }
    }

    /// When this phase of the call must be over, if it begins now.
    pub(crate) fn phase_end(&self, phase: Phase) -> Instant {
        (Instant::now() + self.limits.of(phase)).min(self.end)
    }

    /// What comes of `work`, which is this phase of the call, within its time.
    pub(crate) async fn within<T>(&self, phase: Phase, work: impl Future<Output = T>) -> Result<T, TimedOut> {
        let end = self.phase_end(phase);
        let limit = if end < self.end { self.limits.of(phase) } else { self.limits.call };
        timeout_at(end, work).await.map_err(|_| TimedOut { phase, limit })
    }
}
