//! Reconciles one job's store, under its lease, until it is at rest or in other hands.
//!
//! A job is only a hint: what there is to do is read from the table. The steps of a provisioning
//! (`provision.rs`) and of a teardown (`teardown.rs`) are run one after the other (`step_runner.rs`) within one
//! deadline. Work of a later step may go on meanwhile (`early_work.rs`). That the cluster makes it
//! wait is written down meanwhile (`retry_event.rs`). What went wrong becomes what a person reads (`failure.rs`).

pub mod early_work;
pub mod failure;
pub mod provision;
pub(crate) mod retry_event;
pub mod step_runner;
mod step_table;
pub mod task;
pub mod teardown;

use std::{sync::Arc, time::Duration};

use domain::{
    lease::Claim,
    operation::credentials::SealError,
    queue::{
        Delivery,
        job::{Job, PICKUP_GRACE},
    },
    store::{Store, slug::Slug, status::Status},
    table::{CommitError, Fenced, LeaseError, LeasedStore, TableError},
    values::timestamp::Timestamp,
};
use tokio::time::Instant;
use uuid::Uuid;

use self::{
    failure::HalfDone,
    task::{TaskError, run_task},
};
use crate::{
    lease::{LeaseGuard, heartbeat},
    resources::RandomnessError,
    runner::Runner,
    worker::shutdown::Shutdown,
};

/// How often a store may change between its reading and the taking of its lease before it is left
/// for later.
const CHANGES: u32 = 3;
/// For how much later.
const AFTER_CHANGES: Duration = Duration::from_secs(1);

/// What to do with a message once its store was reconciled.
#[derive(Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// Nothing is left to do for it.
    Done,
    /// Somebody else is at it, or the process ends: it is for later.
    Later(Duration),
}

/// Something that the work needs is away; it is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The cluster: an operation is half done.
    #[error(transparent)]
    HalfDone(#[from] HalfDone),
    /// The operating system's randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// What seals credentials.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Works on incarnation `uid` of the store `id` for as long as its record asks for something. The job is only the
/// hint: what there is to do is read from the table.
///
/// # Errors
/// [`ReconcileError`]; the store's lease was released, as far as that was possible.
pub async fn reconcile(
    runner: &Runner,
    id: &Slug,
    uid: Uuid,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<JobOutcome, ReconcileError> {
    let Runner { table, holder, limits, .. } = runner;
    let mut changes = 0;
    loop {
        let Some(store) = table.store(id).await?.filter(|store| store.uid == uid) else {
            tracing::info!("dropped: there is no such incarnation of the store any more");
            return Ok(JobOutcome::Done);
        };
        if store.task().is_none() {
            tracing::info!(status = %store.state.status(), "dropped: the store is at rest");
            return Ok(JobOutcome::Done);
        }
        let (asked, now) = (Instant::now(), Timestamp::now());
        if !is_due(&store, now) {
            tracing::info!("dropped: the store was checked");
            return Ok(JobOutcome::Done);
        }
        let taken = match table.acquire_lease(&store, holder, now, limits.lease()).await {
            Ok(taken) => taken,
            Err(LeaseError::Held { holder, until }) => {
                tracing::info!(%holder, %until, "another runner is at it");
                return Ok(JobOutcome::Later(until.since(now)));
            }
            Err(LeaseError::Changed) if changes < CHANGES => {
                changes += 1;
                continue;
            }
            Err(LeaseError::Changed) => return Ok(JobOutcome::Later(AFTER_CHANGES)),
            Err(LeaseError::Table(error)) => return Err(error.into()),
        };
        let lease = Arc::new(LeaseGuard::new(asked, limits.lease()));
        match run_under_lease(runner, taken, &lease, delivery, shutdown).await {
            Ok(outcome) => return Ok(outcome),
            Err(Lost::Moved(status)) => {
                tracing::info!(%status, "stopped: the store has moved on, and is reconciled anew");
            }
            Err(Lost::Unable(error)) => return Err(error),
        }
    }
}

/// Whether `store`, which has a task, is to be worked on at `now`. A store that is only checked now and then
/// is due later than any sweep would make it once that was done, so that a second job for it costs nothing.
fn is_due(store: &Store, now: Timestamp) -> bool {
    store.is_urgent() || store.due.is_some_and(|due| due <= now.plus(PICKUP_GRACE))
}

/// Why a store that is held was let go before it was at rest.
enum Lost {
    /// Its status changed: it may need something else now.
    Moved(Status),
    /// Something that the work needs is away.
    Unable(ReconcileError),
}

/// Does what the store's state asks for, and what that leads to, under one lease.
async fn run_under_lease(
    runner: &Runner,
    taken: LeasedStore,
    lease: &Arc<LeaseGuard>,
    delivery: &Delivery,
    shutdown: &Shutdown,
) -> Result<JobOutcome, Lost> {
    let Runner { table, .. } = runner;
    let LeasedStore { mut store, claim } = taken;
    tracing::Span::current().record("attempt", store.attempts);
    loop {
        let ended = tokio::select! {
            ended = Box::pin(run_task(runner, &store, &claim, lease)) => ended,
            fenced = heartbeat::keep(table, &claim, &store, delivery, lease, &runner.readiness) => {
                Err(CommitError::Fenced(fenced).into())
            }
            () = shutdown.stop.cancelled() => {
                release_after_attempt(runner, &claim, Timestamp::now()).await;
                return Ok(JobOutcome::Later(Duration::ZERO));
            }
        };
        let unable = match ended {
            Ok(after) if !after.is_urgent() => return Ok(JobOutcome::Done),
            // A failed store is still to be cleaned up, which is a task with attempts of its own.
            Ok(after) => {
                store = Store { attempts: 0, ..after };
                continue;
            }
            Err(TaskError::Commit(CommitError::Fenced(Fenced::Moved(status)))) => {
                release(runner, &claim).await;
                return Err(Lost::Moved(status));
            }
            Err(TaskError::Commit(CommitError::Fenced(Fenced::Gone))) => return Ok(JobOutcome::Done),
            Err(TaskError::Commit(CommitError::Fenced(fenced @ Fenced::LeaseLost))) => {
                // Another runner has it, or nobody could say so: whoever gets the message looks.
                tracing::warn!("stopped: the lease is lost");
                runner.metrics.stopped(&fenced);
                return Ok(JobOutcome::Later(Duration::ZERO));
            }
            Err(TaskError::Waits(pause)) => {
                look_again(runner, &store, &claim, delivery, pause).await;
                return Ok(JobOutcome::Done);
            }
            Err(TaskError::Commit(CommitError::Table(error))) => error.into(),
            Err(TaskError::Randomness(error)) => error.into(),
            Err(TaskError::HalfDone(error)) => error.into(),
        };
        release(runner, &claim).await;
        return Err(Lost::Unable(unable));
    }
}

/// Gives back a store whose operation waits, and has it looked at again after `pause`: a wait takes no slot and holds no
/// lease, so it outlives every runner. It is a message of its own, since one that is received too often is a dead letter.
async fn look_again(runner: &Runner, store: &Store, claim: &Claim, delivery: &Delivery, pause: Duration) {
    let mut due = Timestamp::now().plus(pause);
    if let Some(job) = Job::of(store) {
        match runner.queue.send_delayed(&job, delivery.traceparent(), pause).await {
            Ok(()) => due = due.plus(PICKUP_GRACE),
            Err(error) => tracing::warn!(%error, "the job of the next look was not sent; the sweep will"),
        }
    }
    release_after_attempt(runner, claim, due).await;
}

/// Releases the lease in the middle of work that went well, on which somebody must go on at `due`. Where the store has
/// moved on meanwhile, there is no attempt to take back, only the lease.
async fn release_after_attempt(runner: &Runner, claim: &Claim, due: Timestamp) {
    match runner.table.release_interrupted_lease(claim, due).await {
        Err(CommitError::Fenced(Fenced::Moved(_))) => release(runner, claim).await,
        handed_over => report(handed_over),
    }
}

/// Releases the lease, so that whoever is next need not wait for its end.
async fn release(runner: &Runner, claim: &Claim) {
    report(runner.table.release_lease(claim, Timestamp::now()).await);
}

fn report(released: Result<(), CommitError>) {
    if let Err(error) = released {
        tracing::info!(%error, "the lease was not released: it ends by itself");
    }
}
