//! The one retry policy, and the one reading of the API server's refusals.

use std::{future::Future, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use kube::{Resource, core::Status};

use super::{Cluster, ClusterError, RetryCause, kind, warnings::heard};

/// How long one request may take, a watch's stream excluded.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

impl Cluster {
    /// Sends a request until the API server has decided on it. What may heal by itself is tried
    /// again, with backoff and jitter, for as long as the caller waits.
    pub(super) async fn retried<K, T, F>(
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
            self.hold.held().await;
            let request = tokio::time::timeout(REQUEST_TIMEOUT, Box::pin(request()));
            let (answered, warnings) = heard(request).await;
            for warning in warnings {
                self.note_warning(format!("{} {name}: {warning}", kind::<K>()));
            }
            let (cause, reason, pause) = match answered {
                Ok(Ok(answer)) => {
                    self.note_unreachable(None);
                    return Ok(answer);
                }
                Ok(Err(kube::Error::Api(status))) => match transient(&status) {
                    Some(retry_after) => (RetryCause::of(&status), status.message.clone(), retry_after),
                    None => return Err(refusal::<K>(verb, name, &status)),
                },
                Ok(Err(error)) => (RetryCause::Connection, error.to_string(), None),
                Err(_) => {
                    (RetryCause::Timeout, format!("no answer within {} s", REQUEST_TIMEOUT.as_secs()), None)
                }
            };
            let pause = pause.unwrap_or_else(|| pauses.next().unwrap_or(LONGEST_PAUSE));
            tracing::warn!(verb, kind = %kind::<K>(), name, %reason, ?pause, "a request is tried again");
            self.metrics.request_retried(cause);
            if cause != RetryCause::NotYet {
                self.retries.send_replace(reason.clone());
            }
            self.note_unreachable(Some(reason));
            tokio::time::sleep(pause).await;
        }
    }

    /// Notes that what a request had opened was broken off for `reason`, and waits before it is asked for
    /// again.
    pub(super) async fn broken_off(&self, reason: String, pauses: &mut impl Iterator<Item = Duration>) {
        self.metrics.request_retried(RetryCause::Connection);
        self.note_unreachable(Some(reason));
        tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
    }
}

/// The pause after the first failure is a fifth of a second, and never more than this.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Whether an answer may be another one later, and after which pause if it says so.
fn transient(status: &Status) -> Option<Option<Duration>> {
    let told =
        status.details.as_ref().map(|details| details.retry_after_seconds).filter(|seconds| *seconds > 0);
    let told = told.map(|seconds| Duration::from_secs(seconds.into()));
    // The quota controller has not seen a new quota yet.
    let quota_unseen = status.code == 403 && status.message.contains("status unknown for quota");
    (status.code == 429 || status.code >= 500 || quota_unseen).then_some(told)
}

fn refusal<K: Resource<DynamicType = ()>>(verb: &'static str, name: &str, status: &Status) -> ClusterError {
    let (kind, name, message) = (kind::<K>(), name.to_owned(), status.message.clone());
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let terminating = causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating");
    // A kind that the cluster does not know is not found either.
    let is_about = |kind| status.details.as_ref().is_some_and(|details| details.kind == kind);
    if status.code == 403 && message.contains("exceeded quota") {
        ClusterError::Quota { kind, name, message }
    } else if terminating || (verb == "create" && status.is_not_found() && is_about("namespaces")) {
        ClusterError::NamespaceGone { kind, name }
    } else {
        ClusterError::Refused { verb, kind, name, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str, retry_after_seconds: u32) -> Status {
        let details = serde_json::json!({ "retryAfterSeconds": retry_after_seconds });
        let status = serde_json::json!({ "code": code, "message": message, "details": details });
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn what_may_heal_is_told_from_what_can_not() {
        assert_eq!(transient(&status(500, "", 0)), Some(None));
        assert_eq!(transient(&status(429, "", 7)), Some(Some(Duration::from_secs(7))));
        assert_eq!(transient(&status(403, "status unknown for quota: store", 0)), Some(None));
        assert_eq!(transient(&status(403, "exceeded quota: store", 0)), None);
        assert_eq!(transient(&status(422, "invalid", 0)), None);
    }

    #[test]
    fn pauses_grow_and_stay_below_their_limit() {
        // Jitter adds up to the pause's own length.
        assert!(
            pauses().take(50).all(|pause| pause <= 2 * LONGEST_PAUSE && pause >= Duration::from_millis(200))
        );
    }
}
