//! The function `sweep`, which a schedule calls each minute: sends the jobs of overdue stores again.
//!
//! The runner does the same, at its start and every 30 s. This one does it when no runner is up, so
//! that the queue shows how much waits; both at once do no harm.

use std::time::Duration;

use domain::{
    queue::{
        Queue,
        hint::{self, HintQueues},
        sweep::{SweepError, sweep},
    },
    table::Table,
};
use lambda_runtime::Diagnostic;
use serde::Serialize;
use tracing::Instrument as _;

use crate::{clock::Clock, metrics::Metrics, request::id::RequestId};

/// What the function leaves of Lambda's time, for a call under way and for the last lines of the log.
pub const RESERVE: Duration = Duration::from_secs(5);

/// What the function works with.
#[derive(Debug)]
pub struct Sweeper {
    /// What is overdue.
    pub table: Table,
    /// Where jobs go.
    pub queue: Queue,
    /// Where hints at due notices go.
    pub hints: HintQueues,
    /// What time it is.
    pub clock: Clock,
    /// Where what is counted goes.
    pub metrics: Metrics,
}

/// What a sweep came to, as whoever invokes the function sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// How many jobs it sent.
    pub sent: usize,
    /// How many hints at notices and deliveries it sent.
    pub hints: usize,
}

/// A sweep was not ended. The next one goes over the same stores.
#[derive(Debug, thiserror::Error)]
pub enum SweepFailure {
    /// A call failed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// There was more to do than time, or a part takes long to answer.
    #[error("the sweep was cut off after {} s", .0.as_secs())]
    CutOff(Duration),
}

/// As Lambda reports it to whoever invokes the function; what went wrong inside stays in the log.
impl From<SweepFailure> for Diagnostic {
    fn from(failure: SweepFailure) -> Self {
        let (kind, message) = match failure {
            SweepFailure::Sweep(SweepError::Table(_)) => ("Table", "the table does not answer"),
            SweepFailure::Sweep(SweepError::Queue(_)) => ("Queue", "the queue does not answer"),
            SweepFailure::CutOff(_) => ("CutOff", "there was more to do than time"),
        };
        Self { error_type: kind.into(), error_message: message.into() }
    }
}

impl Sweeper {
    /// Sweeps for at most `time`. Cut off at any point, it leaves nothing that the next one does not
    /// find: a store is postponed, by a minute, before its job is sent.
    ///
    /// # Errors
    /// [`SweepFailure`], which Lambda counts as an error of the function.
    pub async fn run(&self, request: RequestId, time: Duration) -> Result<Swept, SweepFailure> {
        let span = tracing::info_span!("sweep", request_id = %request);
        async {
            let now = self.clock.now();
            let swept = tokio::time::timeout(time, async {
                // Stores come first, and neither holds the other up.
                let sent = sweep(&self.table, &self.queue, now).await;
                let hints = hint::sweep(&self.table, &self.hints, now).await;
                Ok::<_, SweepError>(Swept { sent: sent?, hints: hints? })
            })
            .await;
            let swept = swept.map_err(|_| SweepFailure::CutOff(time)).and_then(|swept| Ok(swept?));
            match &swept {
                Ok(Swept { sent, hints }) => {
                    self.metrics.swept(now, &request, *sent);
                    tracing::info!(sent, hints, "swept");
                }
                Err(error) => tracing::error!(%error, "a sweep was not ended"),
            }
            swept
        }
        .instrument(span)
        .await
    }
}
