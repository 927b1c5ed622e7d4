//! The one reading of the API server's refusals: which may heal by themselves, and what the others are.

use std::time::Duration;

use kube::{Resource, core::Status};

use super::unknown_kind::is_of_unknown_kind;
use crate::{
    cluster::{
        client::kind,
        error::{ClusterError, GONE, Trouble},
    },
    observe::metrics::RetryCause,
};

/// The status code of a request that took too long to arrive, as proxies answer.
const REQUEST_TIMEOUT: u16 = 408;
const FORBIDDEN: u16 = 403;
const CONFLICT: u16 = 409;
const THROTTLED: u16 = 429;

/// A refusal that may be another answer later.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TransientRefusal {
    /// How it is counted.
    pub(super) cause: RetryCause,
    /// What stands in the way for as long as it lasts.
    pub(super) trouble: Trouble,
    /// The pause that the API server asks for, if it does.
    pub(super) pause: Option<Duration>,
}

impl TransientRefusal {
    /// What may heal of `status`; `None` where the answer would be the same again.
    pub(super) fn of(status: &Status) -> Option<Self> {
        let reason = status.message.clone();
        let (cause, trouble) = if let Some(webhook) = failing_webhook(status) {
            (RetryCause::Admission, Trouble::Admission { webhook, reason })
        } else if is_denied(&status.message) {
            return None;
        } else if is_conflict(status) {
            (RetryCause::Conflict, Trouble::Refused(reason))
        } else if status.code == THROTTLED {
            (RetryCause::Throttled, Trouble::Unreachable(reason))
        } else if status.code >= 500 {
            (RetryCause::ServerError, Trouble::Unreachable(reason))
        } else if [REQUEST_TIMEOUT, GONE].contains(&status.code) || is_quota_unseen(status) {
            (RetryCause::NotYet, Trouble::Refused(reason))
        } else {
            return None;
        };
        let asked = status.details.as_ref().map(|details| details.retry_after_seconds);
        let pause = asked.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()));
        Some(Self { cause, trouble, pause })
    }
}

/// Whether somebody else changed what a request is about, or its namespace's quota, at the same time.
pub(in crate::cluster) fn is_conflict(status: &Status) -> bool {
    status.code == CONFLICT && !status.is_already_exists() && !is_denied(&status.message)
}

/// Whether an object of that name is there. A webhook may deny a request with any code and reason.
pub(in crate::cluster) fn is_there_already(status: &Status) -> bool {
    status.is_already_exists() && !is_denied(&status.message)
}

/// The quota controller has not seen a new quota yet.
fn is_quota_unseen(status: &Status) -> bool {
    status.code == FORBIDDEN && status.message.contains("status unknown for quota")
}

/// Whether the cluster's admission has decided against a request: a webhook, or a
/// ValidatingAdmissionPolicy.
fn is_denied(message: &str) -> bool {
    message.contains("denied the request") || message.contains("denied request")
}

/// Which webhook keeps the API server from deciding: it is not reached, or answers that it failed itself.
fn failing_webhook(status: &Status) -> Option<String> {
    let failed_itself = status.code == THROTTLED || status.code >= 500;
    webhook_not_reached(&status.message).or_else(|| {
        between(&status.message, "admission webhook \"", "\" denied the request")
            .filter(|_| failed_itself)
            .map(str::to_owned)
    })
}

/// Which webhook the API server did not reach, by what it `said`: one that admits objects, or one that
/// converts those of a definition from version to version.
pub(in crate::cluster) fn webhook_not_reached(said: &str) -> Option<String> {
    let admits = between(said, "failed calling webhook \"", "\"").map(str::to_owned);
    admits.or_else(|| {
        between(said, "conversion webhook for ", " failed").map(|of| format!("the conversion of {of}"))
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let (found, _) = rest.split_once(after)?;
    Some(found)
}

/// What a refusal is that would be the same again.
pub(super) fn refusal<K: Resource<DynamicType = ()>>(
    verb: &'static str,
    name: &str,
    status: &Status,
) -> ClusterError {
    let (kind, name, message) = (kind::<K>(), name.to_owned(), status.message.clone());
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let terminating = causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
        || (status.code == FORBIDDEN && message.contains("because it is being terminated"));
    // A kind that the cluster does not know is not found either.
    let is_about = |kind| status.details.as_ref().is_some_and(|details| details.kind == kind);
    if status.code == FORBIDDEN && message.contains("exceeded quota") {
        ClusterError::Quota { kind, name, message }
    } else if terminating || (verb == "create" && status.is_not_found() && is_about("namespaces")) {
        ClusterError::NamespaceGone { kind, name }
    } else {
        let group = K::group(&());
        let message = if is_of_unknown_kind(status, &group) {
            format!("the cluster does not know {kind}: its definition ({group}) is not installed")
        } else {
            message
        };
        ClusterError::Refused { verb, kind, name, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, reason: &str, message: &str) -> Status {
        let status = serde_json::json!({ "code": code, "reason": reason, "message": message });
        serde_json::from_value(status).unwrap()
    }

    fn cause(code: u16, reason: &str, message: &str) -> Option<RetryCause> {
        TransientRefusal::of(&status(code, reason, message)).map(|passing| passing.cause)
    }

    #[test]
    fn a_kind_that_nobody_has_installed_is_named() {
        let plain = Status::failure("404 page not found", "Failed to parse error data").with_code(404);
        let message = refusal::<crate::resources::HttpRoute>("create", "wordpress", &plain).to_string();
        assert!(
            message.ends_with(
                "does not know HTTPRoute: its definition (gateway.networking.k8s.io) is not installed"
            ),
            "{message}"
        );
    }

    #[test]
    fn what_may_heal_is_distinguished_from_what_can_not() {
        for (code, reason, message, expected) in [
            (500, "InternalError", "etcdserver: leader changed", Some(RetryCause::ServerError)),
            (500, "ServerTimeout", "", Some(RetryCause::ServerError)),
            (504, "Timeout", "request did not complete", Some(RetryCause::ServerError)),
            (429, "TooManyRequests", "", Some(RetryCause::Throttled)),
            (408, "", "", Some(RetryCause::NotYet)),
            (410, "Expired", "", Some(RetryCause::NotYet)),
            (403, "Forbidden", "status unknown for quota: store", Some(RetryCause::NotYet)),
            (409, "Conflict", "Operation cannot be fulfilled on resourcequotas", Some(RetryCause::Conflict)),
            (409, "Conflict", "the object has been modified", Some(RetryCause::Conflict)),
            (409, "", "a proxy's words", Some(RetryCause::Conflict)),
            (409, "AlreadyExists", "", None),
            (403, "Forbidden", "exceeded quota: store", None),
            (422, "Invalid", "invalid", None),
        ] {
            assert_eq!(cause(code, reason, message), expected, "{code} {reason} {message}");
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_the_next_one() {
        let details = serde_json::json!({ "retryAfterSeconds": 7 });
        let asked = serde_json::json!({ "code": 429, "message": "", "details": details });
        let asked: Status = serde_json::from_value(asked).unwrap();
        assert_eq!(TransientRefusal::of(&asked).unwrap().pause, Some(Duration::from_secs(7)));
        assert_eq!(TransientRefusal::of(&status(429, "", "")).unwrap().pause, None);
    }

    #[test]
    fn a_webhook_that_fails_is_waited_for_by_name_and_one_that_denies_is_not() {
        let webhook = |code, message| match TransientRefusal::of(&status(code, "", message))?.trouble {
            Trouble::Admission { webhook, .. } => Some(webhook),
            other @ (Trouble::Unreachable(_) | Trouble::Refused(_) | Trouble::NotReady(_)) => {
                panic!("{message}: {other:?}")
            }
        };
        for (code, message, name) in [
            (
                500,
                "Internal error occurred: failed calling webhook \"a.example\": connection refused",
                "a.example",
            ),
            (500, "failed calling webhook \"b.example\": context deadline exceeded", "b.example"),
            (
                500,
                "admission webhook \"c.example\" denied the request: no connection to its own peer",
                "c.example",
            ),
            (429, "admission webhook \"d.example\" denied the request: busy", "d.example"),
            (
                500,
                "conversion webhook for external-secrets.io/v1, Kind=ExternalSecret failed: Post …",
                "the conversion of external-secrets.io/v1, Kind=ExternalSecret",
            ),
        ] {
            assert_eq!(webhook(code, message).as_deref(), Some(name), "{message}");
        }
        for (code, message) in [
            (403, "admission webhook \"e.example\" denied the request: no"),
            (400, "admission webhook \"e.example\" denied the request without explanation"),
            (409, "admission webhook \"e.example\" denied the request: taken"),
            (422, "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
        ] {
            assert_eq!(TransientRefusal::of(&status(code, "", message)), None, "{message}");
        }
        let taken = status(409, "AlreadyExists", "admission webhook \"e.example\" denied the request: taken");
        assert!(!is_there_already(&taken), "the object is not there");
    }
}
