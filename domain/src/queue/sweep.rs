//! The second look: finds every store and every read-only operation that is overdue, and sends its job again.
//!
//! This one mechanism is the start-up recovery scan, the lost-message repair and the stuck-store
//! rescue. It reads the sparse index `due`, so stores at rest cost it nothing. An answer that was kept long
//! enough is overdue too: it is removed.

use crate::{
    operation::OperationKey,
    queue::{
        Queue, QueueError,
        job::{Job, JobKind, PICKUP_GRACE},
    },
    table::{Table, TableError},
    values::timestamp::Timestamp,
};

/// A sweep could not be ended; the next one goes over the same stores again.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A job could not be sent.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Sends a job for each store and each read-only operation that is overdue at `now`, and returns how many it sent. Any
/// number of sweeps may run at once: a `dueAt` is moved on under the condition that it is still what was
/// read, and only who moved it sends.
///
/// # Errors
/// [`SweepError`] at the first call that fails.
pub async fn sweep(table: &Table, queue: &Queue, now: Timestamp) -> Result<usize, SweepError> {
    let mut sent = 0;
    for store in table.overdue(now).await? {
        let Some(job) = Job::of(&store) else { continue };
        if table.postpone(&store, now.plus(PICKUP_GRACE)).await? {
            queue.send(&job, None).await?;
            tracing::info!(store = %store.id, uid = %store.uid, task = %job.kind(), "an overdue store's job was sent again");
            sent += 1;
        }
    }
    for operation in table.overdue_operations(now).await? {
        let Some(kind) = operation.kind else {
            table.forget_answer(&operation).await?;
            continue;
        };
        if table.postpone_operation(&operation, now.plus(PICKUP_GRACE)).await? {
            let OperationKey { store, uid, .. } = operation.key.clone();
            queue.send(&Job::ReadOnly { operation: operation.key, kind }, None).await?;
            tracing::info!(%store, %uid, task = %JobKind::ReadOnly(kind), "an overdue operation's job was sent again");
            sent += 1;
        }
    }
    Ok(sent)
}
