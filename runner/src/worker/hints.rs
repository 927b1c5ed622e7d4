//! Hints at what was written for webhooks: sent beside the work, which waits for none of them.
//!
//! What is not sent, because the queue does not answer or the process ends, is found overdue by the function `sweep`.

use std::time::Duration;

use domain::{
    queue::{Queue, hint::Hint},
    table::Table,
};
use tokio::sync::mpsc;

/// `table`, of which each notice that it writes is hinted at on `queue`.
#[must_use]
pub fn hinting(table: Table, queue: Queue) -> Table {
    let (sender, mut hints) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(key) = hints.recv().await {
            if let Err(error) = queue.send_hint(&Hint::Notice(key), Duration::ZERO).await {
                tracing::warn!(%error, "a hint at a notice was not sent; the sweep will");
            }
        }
    });
    table.hinting(move |key| {
        if sender.send(key).is_err() {
            tracing::warn!("a hint at a notice was not sent; the sweep will");
        }
    })
}
