//! Drives one job's store, under its lease, until it is at rest or in other hands.

use std::time::Duration;

use domain::{
    job::Job,
    lease::Claim,
    queue::Delivery,
    table::{CommitError, Fenced, TableError, TakeError, Taken},
    timestamp::Timestamp,
};

use crate::{
    heartbeat,
    resources::RandomnessError,
    runner::Runner,
    shutdown::Shutdown,
    task::{TaskError, perform},
};

/// What to do with a message once its store was looked at.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do for it.
    Done,
    /// Somebody else is at it, or the process ends: it is for later.
    Later(Duration),
}

/// Something that the work needs is away; it is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The operating system's randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

/// Works on the store of `job` for as long as its state asks for something. The job itself is only
/// the hint: what there is to do is read from the table.
///
/// # Errors
/// [`DriveError`]; the store's lease was given back, as far as that was possible.
pub async fn drive(
    runner: &Runner,
    job: &Job,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<Outcome, DriveError> {
    let Runner { table, holder, limits, .. } = runner;
    loop {
        let Some(store) = table.store(&job.store).await?.filter(|store| store.uid == job.uid) else {
            tracing::info!("dropped: there is no such incarnation of the store any more");
            return Ok(Outcome::Done);
        };
        if store.state.task().is_none() {
            tracing::info!(status = %store.state.status(), "dropped: the store is at rest");
            return Ok(Outcome::Done);
        }
        let Taken { store, claim } =
            match table.take_lease(&store, holder, Timestamp::now(), limits.lease()).await {
                Ok(taken) => taken,
                Err(TakeError::Held { holder, until }) => {
                    tracing::info!(%holder, %until, "another runner is at it");
                    return Ok(Outcome::Later(until.since(Timestamp::now())));
                }
                Err(TakeError::Changed) => continue,
                Err(TakeError::Table(error)) => return Err(error.into()),
            };
        tracing::Span::current().record("attempt", store.attempts);
        let ended = tokio::select! {
            ended = Box::pin(perform(runner, &store, &claim)) => ended,
            fenced = heartbeat::keep(table, &claim, &store, delivery, limits.lease(), &runner.readiness) => {
                Err(CommitError::Fenced(fenced).into())
            }
            () = shutdown.stop.cancelled() => {
                report(runner.table.hand_over_lease(&claim, Timestamp::now()).await);
                return Ok(Outcome::Later(Duration::ZERO));
            }
        };
        match ended {
            Ok(()) => return Ok(Outcome::Done),
            Err(TaskError::Commit(CommitError::Fenced(Fenced::Moved(status)))) => {
                tracing::info!(%status, "stopped: the store has moved on, and is looked at anew");
                release(runner, &claim).await;
            }
            Err(TaskError::Commit(CommitError::Fenced(fenced @ (Fenced::LeaseLost | Fenced::Gone)))) => {
                tracing::warn!(%fenced, "stopped");
                runner.metrics.stopped(&fenced);
                return Ok(Outcome::Done);
            }
            Err(TaskError::Commit(CommitError::Table(error))) => {
                release(runner, &claim).await;
                return Err(error.into());
            }
            Err(TaskError::Randomness(error)) => {
                release(runner, &claim).await;
                return Err(error.into());
            }
        }
    }
}

/// Gives the lease back, so that whoever is next need not wait for its end.
async fn release(runner: &Runner, claim: &Claim) {
    report(runner.table.release_lease(claim, Timestamp::now()).await);
}

fn report(given_back: Result<(), CommitError>) {
    if let Err(error) = given_back {
        tracing::info!(%error, "the lease was not given back: it ends by itself");
    }
}
