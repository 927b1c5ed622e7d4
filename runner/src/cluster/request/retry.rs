//! The one retry policy.

use std::{future::Future, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use kube::Resource;

use super::{
    refusal::{TransientRefusal, refusal},
    warnings::collecting_warnings,
};
use crate::{
    cluster::{
        client::{Cluster, kind},
        error::{ClusterError, Trouble},
    },
    observe::metrics::RetryCause,
};

/// How long one request may take, a watch's stream excluded.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

impl Cluster {
    /// Sends a request until the API server has decided on it. What may heal by itself is tried
    /// again, with backoff and jitter, for as long as the caller waits.
    pub(in crate::cluster) async fn retried<K, T, F>(
        &self,
        verb: &'static str,
        name: &str,
        request: impl Fn() -> F,
    ) -> Result<T, ClusterError>
    where
        K: Resource<DynamicType = ()>,
        F: Future<Output = Result<T, kube::Error>>,
    {
        let mut pauses = pauses();
        loop {
            self.lease.held().await;
            let request = tokio::time::timeout(REQUEST_TIMEOUT, Box::pin(request()));
            let (answered, warnings) = collecting_warnings(request).await;
            for warning in warnings {
                self.warnings.note(format!("{} {name}: {warning}", kind::<K>()));
            }
            let absent = |cause, reason| TransientRefusal {
                cause,
                trouble: Trouble::Unreachable(reason),
                pause: None,
            };
            let passing = match answered {
                Ok(Ok(answer)) => {
                    self.troubles.note_request(None);
                    return Ok(answer);
                }
                Ok(Err(kube::Error::Api(status))) => {
                    TransientRefusal::of(&status).ok_or_else(|| refusal::<K>(verb, name, &status))?
                }
                Ok(Err(error)) => absent(RetryCause::Connection, error.to_string()),
                Err(_) => {
                    absent(RetryCause::Timeout, format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()))
                }
            };
            Box::pin(self.await_healing::<K>(verb, name, passing, &mut pauses)).await;
        }
    }

    /// Notes that a change met another one of the same object, for `reason`, and waits before the object is
    /// read again and the change decided anew.
    pub(in crate::cluster) async fn met_another_change<K: Resource<DynamicType = ()>>(
        &self,
        verb: &'static str,
        name: &str,
        reason: String,
        pauses: &mut impl Iterator<Item = Duration>,
    ) {
        let passing =
            TransientRefusal { cause: RetryCause::Conflict, trouble: Trouble::Refused(reason), pause: None };
        self.await_healing::<K>(verb, name, passing, pauses).await;
    }

    /// Counts and reports what stands in the way of a request, and waits before it is sent again.
    async fn await_healing<K: Resource<DynamicType = ()>>(
        &self,
        verb: &'static str,
        name: &str,
        TransientRefusal { cause, trouble, pause }: TransientRefusal,
        pauses: &mut impl Iterator<Item = Duration>,
    ) {
        let pause = pause.unwrap_or_else(|| pauses.next().unwrap_or(LONGEST_PAUSE));
        let reason = trouble.to_string();
        tracing::warn!(verb, kind = %kind::<K>(), name, %reason, ?pause, "a request is tried again");
        self.metrics.request_retried(cause);
        if is_news(cause, pause) {
            self.retries.send_replace(reason);
        }
        self.troubles.note_request(Some(trouble));
        tokio::time::sleep(pause).await;
    }

    /// Notes that what a request had opened was broken off for `reason`, and waits before it is asked for
    /// again.
    pub(in crate::cluster) async fn broken_off(
        &self,
        reason: String,
        pauses: &mut impl Iterator<Item = Duration>,
    ) {
        self.metrics.request_retried(RetryCause::Connection);
        self.troubles.note_request(Some(Trouble::Unreachable(reason)));
        tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
    }
}

/// Whether the timeline reports a request that is sent again after `pause`. Two changes may
/// meet at any time: that is news only where it lasts.
fn is_news(cause: RetryCause, pause: Duration) -> bool {
    match cause {
        RetryCause::NotYet => false,
        RetryCause::Conflict => pause >= LASTING_CONFLICT,
        RetryCause::Timeout
        | RetryCause::Connection
        | RetryCause::Throttled
        | RetryCause::ServerError
        | RetryCause::Admission => true,
    }
}

/// The pause after the first failure is a fifth of a second, and never more than this.
pub(in crate::cluster) const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The pause after which a conflict has come several times in a row.
const LASTING_CONFLICT: Duration = Duration::from_secs(1);

pub(in crate::cluster) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_their_limit() {
        // Jitter adds up to the pause's own length.
        assert!(
            pauses().take(50).all(|pause| pause <= 2 * LONGEST_PAUSE && pause >= Duration::from_millis(200))
        );
    }

    #[test]
    fn a_conflict_is_news_only_where_it_lasts() {
        let short = Duration::from_millis(300);
        assert!(!is_news(RetryCause::Conflict, short) && is_news(RetryCause::Conflict, LONGEST_PAUSE));
        assert!(is_news(RetryCause::Admission, short) && !is_news(RetryCause::NotYet, LONGEST_PAUSE));
    }
}
