//! The hints on the queues of webhooks that there are notices to send. As a job is, each is nothing but a hint: the
//! table says what is due, and [`sweep`] sends what was lost once more.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    queue::{Queue, sweep::SweepError},
    table::Table,
    values::timestamp::Timestamp,
    webhook::{endpoint::EndpointId, notice::NoticeKey},
};

/// For how long SQS holds a message back at most.
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// How long after a hint was sent someone must look again.
const GRACE: Duration = Duration::from_secs(60);

/// How many deliveries one sweep sends hints of: what waits longest goes first, and the rest with the next one.
const DELIVERIES_AT_ONCE: usize = 2000;

/// A message on one of the queues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Hint {
    /// A notice is to be handed on to the endpoints that want it.
    Notice(NoticeKey),
    /// A delivery is due.
    Delivery {
        /// Where to.
        endpoint: EndpointId,
        /// What of.
        notice: Uuid,
    },
}

/// The queues of webhooks.
#[derive(Clone, Debug)]
pub struct HintQueues {
    /// Where hints at notices go.
    pub notices: Queue,
    /// Where hints at deliveries go.
    pub deliveries: Queue,
}

impl HintQueues {
    /// Sends `hint` to where it belongs. One that can't be sent is logged, and what it is about is found overdue.
    pub async fn send(&self, hint: &Hint, delay: Duration) {
        let queue = match hint {
            Hint::Notice(_) => &self.notices,
            Hint::Delivery { .. } => &self.deliveries,
        };
        if let Err(error) = queue.send_hint(hint, delay).await {
            tracing::warn!(?hint, %error, "a hint was not sent; the sweep will");
        }
    }
}

/// Sends a hint for each notice and each delivery that is overdue at `now`, and returns how many it sent. As with jobs,
/// any number of sweeps may run at once.
///
/// # Errors
/// [`SweepError`] at the first call that fails.
pub async fn sweep(table: &Table, queues: &HintQueues, now: Timestamp) -> Result<usize, SweepError> {
    let (mut sent, due) = (0, now.plus(GRACE));
    for notice in table.overdue_notices(now).await? {
        if table.postpone_notice(&notice, due).await? {
            queues.notices.send_hint(&Hint::Notice(notice.key), Duration::ZERO).await?;
            sent += 1;
        }
    }
    for delivery in table.overdue_deliveries(now, DELIVERIES_AT_ONCE).await? {
        if table.postpone_delivery(&delivery, due).await? {
            let hint = Hint::Delivery { endpoint: delivery.endpoint, notice: delivery.notice };
            queues.deliveries.send_hint(&hint, Duration::ZERO).await?;
            sent += 1;
        }
    }
    Ok(sent)
}
