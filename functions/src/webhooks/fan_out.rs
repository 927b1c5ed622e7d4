//! The function `fan-out`: makes a delivery of each notice for each endpoint that wants it.

use std::{collections::HashSet, time::Duration};

use domain::{
    queue::{Queue, hint::Hint},
    table::{Table, TableError},
    webhook::{delivery::Delivery, notice::NoticeKey},
};

use super::batch::{Batch, BatchAnswer};
use crate::clock::Clock;

/// What the function works with.
#[derive(Debug)]
pub struct FanOut {
    /// What is to be sent, and to whom.
    pub table: Table,
    /// Where hints at deliveries go.
    pub deliveries: Queue,
    /// What time it is.
    pub clock: Clock,
}

/// A hint that this function is not for: the queue is another one's.
#[derive(Debug, thiserror::Error)]
pub enum HintError {
    /// It belongs on another queue.
    #[error("the hint belongs on another queue: {0:?}")]
    Misplaced(Box<Hint>),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl FanOut {
    /// Hands on the notices of a batch.
    pub async fn run(&self, batch: Batch) -> BatchAnswer {
        batch
            .each(async |hint| match hint {
                Hint::Notice(key) => Ok(self.hand_on(&key).await.map(|_| ())?),
                misplaced @ Hint::Delivery { .. } => Err(HintError::Misplaced(Box::new(misplaced))),
            })
            .await
    }

    /// Hands on the notice `key`, unless that was done before, and returns how many deliveries it made anew.
    ///
    /// # Errors
    /// [`TableError`]; a part may be done then.
    pub async fn hand_on(&self, key: &NoticeKey) -> Result<usize, TableError> {
        let Some((notice, true)) = self.table.notice(key).await? else { return Ok(0) };
        let now = self.clock.now();
        let (mut seen, mut made) = (HashSet::new(), 0);
        for endpoint in self.table.endpoints_for(&key.audience).await? {
            if !seen.insert(endpoint.id) || !notice.concerns(&endpoint) {
                continue;
            }
            let delivery = Delivery::new(endpoint.id, notice.id, notice.occurrence.event_type(), now);
            made += usize::from(self.table.create_delivery(&delivery, &notice).await?);
            // Also of one that was there: whoever made it may have been stopped here.
            let hint = Hint::Delivery { endpoint: endpoint.id, notice: notice.id };
            if let Err(error) = self.deliveries.send_hint(&hint, Duration::ZERO).await {
                tracing::warn!(%error, "a hint at a delivery was not sent; the sweep will");
            }
        }
        self.table.handed_on(key, now).await?;
        let event = notice.occurrence.event_type();
        tracing::info!(notice = %notice.id, %event, made, "a notice was handed on");
        Ok(made)
    }
}
