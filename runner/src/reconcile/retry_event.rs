//! Has it written down that a request is tried again, while the work goes on: whoever watches the store sees why it
//! does not get on.

use std::pin::pin;

use domain::{
    lease::Claim,
    provisioning::event::Event,
    store::status::Status,
    table::{CommitError, Table},
};
use futures_util::{
    FutureExt as _,
    future::{Either, select},
};

use crate::cluster::Cluster;

/// Does `work` in `cluster`; the first time that one of its requests is tried again, `record` writes why. Where that
/// must not be written, the work stops. A write that has begun is waited for, however quick the request is then.
pub(crate) async fn while_recording<T, E, W: Future<Output = Result<(), E>>>(
    cluster: &Cluster,
    work: impl Future<Output = T>,
    record: impl FnOnce(String) -> W,
) -> Result<T, E> {
    // What work comes to can be large.
    Box::pin(recording(cluster.retried_next(), work, record)).await
}

async fn recording<T, E, W: Future<Output = Result<(), E>>>(
    retried: impl Future<Output = String>,
    work: impl Future<Output = T>,
    record: impl FnOnce(String) -> W,
) -> Result<T, E> {
    match select(pin!(work), pin!(retried)).await {
        Either::Left((done, retried)) => {
            if let Some(reason) = retried.now_or_never() {
                record(reason).await?;
            }
            Ok(done)
        }
        Either::Right((reason, work)) => match select(work, pin!(record(reason))).await {
            Either::Left((done, recorded)) => {
                recorded.await?;
                Ok(done)
            }
            Either::Right((recorded, work)) => {
                recorded?;
                Ok(work.await)
            }
        },
    }
}

/// Writes `event`, which says that a request is tried again. That this can't be written either is no reason to stop;
/// that the store is another's by now is.
pub(crate) async fn record_at_once(
    table: &Table,
    claim: &Claim,
    status: Status,
    event: Event,
) -> Result<(), CommitError> {
    match table.record(claim, status, &[event]).await {
        Err(CommitError::Table(error)) => {
            tracing::warn!(%error, "that a request is tried again is missing in the timeline");
            Ok(())
        }
        recorded => recorded,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::sync::{oneshot, watch};

    use super::*;

    const REASON: &str = "the API server did not answer";

    /// A write that takes until `written` is sent, and which `writes` count.
    async fn write(writes: watch::Sender<usize>, written: oneshot::Receiver<()>) -> Result<(), &'static str> {
        written.await.unwrap();
        writes.send_modify(|writes| *writes += 1);
        Ok(())
    }

    #[tokio::test]
    async fn nothing_is_written_where_nothing_is_tried_again() {
        let record = |_| ready(Err::<(), _>("it writes"));
        assert_eq!(recording(pending(), ready("done"), record).await, Ok("done"));
    }

    #[tokio::test]
    async fn work_that_ends_during_the_write_waits_for_it() {
        let (writes, (end, ends), (tell, written)) =
            (watch::Sender::new(0), oneshot::channel(), oneshot::channel());
        let record = |reason: String| {
            assert_eq!(reason, REASON);
            // The work ends before the table has answered.
            end.send("done").unwrap();
            write(writes.clone(), written)
        };
        let work = async {
            let done = ends.await.unwrap();
            tell.send(()).unwrap();
            done
        };
        assert_eq!(recording(ready(REASON.to_owned()), work, record).await, Ok("done"));
        assert_eq!(*writes.borrow(), 1);
    }

    #[tokio::test]
    async fn work_that_ends_in_the_moment_of_the_retry_is_reported_too() {
        let writes = watch::Sender::new(0);
        let record = |_| {
            writes.send_modify(|writes| *writes += 1);
            ready(Ok::<_, &str>(()))
        };
        assert_eq!(recording(ready(REASON.to_owned()), ready("done"), record).await, Ok("done"));
        assert_eq!(*writes.borrow(), 1);
    }

    #[tokio::test]
    async fn work_goes_on_after_the_write() {
        let (tell, told) = oneshot::channel();
        let record = |_| async {
            tell.send("done").unwrap();
            Ok::<_, &str>(())
        };
        let work = async { told.await.unwrap() };
        assert_eq!(recording(ready(REASON.to_owned()), work, record).await, Ok("done"));
    }

    #[tokio::test]
    async fn work_stops_where_the_retry_must_not_be_written() {
        let record = |_| ready(Err::<(), _>("fenced"));
        assert_eq!(recording(ready(REASON.to_owned()), pending::<()>(), record).await, Err("fenced"));
    }
}
