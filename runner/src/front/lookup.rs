//! What the table knows of a store that a visitor asks for.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use domain::{
    store::slug::Slug,
    table::{Standing, Table},
    values::timestamp::Timestamp,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{
    cache::Cache,
    metrics::{Metrics, ReadResult},
};

/// How many stores are remembered: at some 300 bytes each, 3 MB.
const MOST_REMEMBERED: usize = 10_000;
/// How many reads are under way at most. More wait for these, and then give up.
const MOST_READS: usize = 64;
/// How long a visitor waits for the table.
const READ_LIMIT: Duration = Duration::from_secs(2);

/// The table does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unavailable;

/// How a store stands; `None` where there is none of that name.
type Found = Result<Option<Standing>, Unavailable>;

/// Looks stores up in the table, and remembers them for a while.
#[derive(Debug)]
pub(super) struct Lookup {
    table: Table,
    cache: Cache<Found>,
    reads: Semaphore,
    metrics: Metrics,
    /// Whether the table answered when it was asked last: what is logged is only that this changes.
    answers: AtomicBool,
}

impl Lookup {
    /// One that remembers what it finds for `life`.
    pub(super) fn new(table: Table, life: Duration, metrics: Metrics) -> Self {
        Self {
            table,
            cache: Cache::new(life, MOST_REMEMBERED),
            reads: Semaphore::new(MOST_READS),
            metrics,
            answers: AtomicBool::new(true),
        }
    }

    /// How `store` stands, as of a moment ago; `None` where there is none.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub(super) async fn find(&self, store: &Slug) -> Found {
        // Boxed, since most visitors need none: a connection would be the greater by what a call to the table takes.
        self.cache.get(store, || Box::pin(self.read(store))).await
    }

    async fn read(&self, store: &Slug) -> Found {
        let began = Instant::now();
        let read = async {
            // It is never closed; without a permit the read goes on all the same.
            let _permit = self.reads.acquire().await;
            self.table.standing(store, Timestamp::now()).await
        };
        let (found, result) = match timeout(READ_LIMIT, read).await {
            Ok(Ok(standing)) => {
                if !self.answers.swap(true, Ordering::Relaxed) {
                    tracing::info!("the table answers again");
                }
                (Ok(standing), ReadResult::Done)
            }
            Ok(Err(error)) => {
                if self.answers.swap(false, Ordering::Relaxed) {
                    tracing::warn!(%error, "the table can't be read: visitors are asked to wait");
                }
                (Err(Unavailable), ReadResult::Error)
            }
            Err(_) => {
                if self.answers.swap(false, Ordering::Relaxed) {
                    tracing::warn!(seconds = READ_LIMIT.as_secs(), "the table does not answer in time");
                }
                (Err(Unavailable), ReadResult::Late)
            }
        };
        self.metrics.read_ended(result, began.elapsed());
        found
    }
}
