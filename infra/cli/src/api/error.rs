//! Why a call of the API brought nothing, and whether the same call may bring something later.

use std::{fmt, time::Duration};

use domain::values::{retry_after, timestamp::Timestamp};
use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION, RETRY_AFTER},
};
use serde::Deserialize;

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The API refused, in its own words.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// What stands in front of the API refused: API Gateway, or a proxy.
    #[error("{0}")]
    Gateway(GatewayAnswer),
    /// There was no answer.
    #[error("the API at {url} does not answer; is the stack up (`make up`)?")]
    Unreachable { url: String, source: reqwest::Error },
    /// The answer broke off, or is no JSON at all.
    #[error("the answer of the API is not whole")]
    Cut { source: CutError },
    /// The answer leads elsewhere. It is not followed: a token is for the address it was meant for.
    #[error(
        "the API at {url} answered {status}, a redirect to {to}; if that is the API, say so by --api-url"
    )]
    Redirected { url: String, status: StatusCode, to: String },
    /// The answer is whole, and is none that this version of the command knows.
    #[error("the API answered {status} with something that this command can't read")]
    Unreadable { status: StatusCode, source: serde_json::Error },
    /// The same call was tried again for as long as it makes sense.
    #[error("{last}; gave up after {} s", after.as_secs())]
    GaveUp { after: Duration, last: Box<ApiError> },
}

/// In which way an answer broke off.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum CutError {
    Body(#[from] reqwest::Error),
    Json(#[from] serde_json::Error),
}

/// A refusal of the API, in its own words (RFC 9457).
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    #[serde(rename = "type", default)]
    kind: String,
    title: String,
    detail: String,
    /// The store that is in the way.
    store: Option<String>,
    /// Finds the request in the platform's log.
    #[serde(rename = "requestId")]
    request_id: Option<String>,
    #[serde(skip)]
    status: StatusCode,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

/// An answer that is none of the API's own.
#[derive(Debug)]
pub(crate) struct GatewayAnswer {
    status: StatusCode,
    /// What API Gateway says beside the status.
    message: Option<String>,
    retry_after: Option<Duration>,
}

/// The form in which API Gateway refuses.
#[derive(Deserialize)]
struct GatewayMessage {
    #[serde(alias = "Message")]
    message: String,
}

/// Of the message of a stranger, so much is shown.
const MESSAGE_LENGTH: usize = 200;

/// The problems with status 429 that no waiting heals.
const QUOTAS: [&str; 2] = ["urn:shopwright:problem:owner-quota", "urn:shopwright:problem:platform-quota"];

impl ApiError {
    /// What an answer without success says.
    pub(super) fn of_refusal(url: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let retry_after = retry_after(headers);
        if status.is_redirection() {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            return Self::Redirected { url: url.to_owned(), status, to: to.to_owned() };
        }
        if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
            return Self::Problem(Box::new(Problem { status, retry_after, ..problem }));
        }
        let message = serde_json::from_slice(body).ok().map(|GatewayMessage { message }| {
            let harmless = message.chars().filter(|letter| !letter.is_control());
            harmless.take(MESSAGE_LENGTH).collect()
        });
        Self::Gateway(GatewayAnswer { status, message, retry_after })
    }

    /// Whether the same call may bring something a little later: everything but what the caller has to mend.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Problem(problem) => is_passing(problem.status) && !QUOTAS.contains(&problem.kind.as_str()),
            Self::Gateway(answer) => is_passing(answer.status),
            Self::Unreachable { source, .. } => !source.is_builder(),
            Self::Cut { .. } => true,
            Self::Redirected { .. } | Self::Unreadable { .. } | Self::GaveUp { .. } => false,
        }
    }

    /// Whether what was asked for may have been done all the same.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::Problem(problem) => is_unsure(problem.status),
            Self::Gateway(answer) => is_unsure(answer.status),
            Self::Unreachable { source, .. } => !source.is_connect() && !source.is_builder(),
            Self::Cut { .. } | Self::Unreadable { .. } => true,
            Self::Redirected { .. } => false,
            Self::GaveUp { last, .. } => last.may_be_done(),
        }
    }

    /// How long the API asks to wait before the next call.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => problem.retry_after,
            Self::Gateway(answer) => answer.retry_after,
            Self::Unreachable { .. }
            | Self::Cut { .. }
            | Self::Redirected { .. }
            | Self::Unreadable { .. }
            | Self::GaveUp { .. } => None,
        }
    }

    /// Whether the trouble was a passing one that did not pass.
    pub(crate) fn is_given_up(&self) -> bool {
        matches!(self, Self::GaveUp { .. })
    }

    /// The store that is in the way, as the API names it.
    pub(crate) fn store_in_the_way(&self) -> Option<&str> {
        if let Self::Problem(problem) = self { problem.store.as_deref() } else { None }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.status == StatusCode::NOT_FOUND)
    }
}

/// Of refusals with these, nobody can tell how far the request has come.
fn is_unsure(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT
}

/// Of all refusals, only these are no fault of the caller.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after::parse(headers.get(RETRY_AFTER)?.to_str().ok()?, Timestamp::now())
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)?;
        match &self.request_id {
            // Of those that the caller can mend, the platform's operators know no more.
            Some(id) if self.status.is_server_error() => write!(f, " (request {id})"),
            Some(_) | None => Ok(()),
        }
    }
}

impl fmt::Display for GatewayAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "the API answered {}: {message}", self.status.as_u16()),
            None => write!(f, "the API answered {}", self.status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, retry_after: &str, body: &str) -> ApiError {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())]);
        let status = StatusCode::from_u16(status).unwrap();
        ApiError::of_refusal("http://127.0.0.1:9", status, &headers, body.as_bytes())
    }

    #[test]
    fn whatever_the_body_is_the_status_tells_whose_fault_it_is() {
        for body in ["", "<html>", r#"{"message":"no"}"#, r#"{"title":"No","detail":"Not now."}"#] {
            for passing in [408, 425, 429, 500, 501, 502, 503, 504, 520, 599] {
                assert!(refusal(passing, "", body).is_passing(), "{passing} {body}");
            }
            for fault in [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 301, 307] {
                assert!(!refusal(fault, "", body).is_passing(), "{fault} {body}");
            }
        }
    }

    #[test]
    fn a_quota_is_not_waited_for() {
        let quota = r#"{"type":"urn:shopwright:problem:owner-quota","title":"No room","detail":"Full."}"#;
        assert!(!refusal(429, "", quota).is_passing());
        assert!(refusal(429, "", &quota.replace("owner-quota", "rate-limited")).is_passing());
    }

    #[test]
    fn a_time_to_wait_is_a_number_of_seconds_or_a_date() {
        assert_eq!(refusal(503, "7", "").retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(refusal(503, "Sun, 06 Nov 1994 08:49:37 GMT", "").retry_after(), Some(Duration::ZERO));
        let far = refusal(503, "Tue, 31 Dec 2999 23:59:59 GMT", "").retry_after().unwrap();
        assert!(far > Duration::from_secs(3600));
        for nonsense in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(refusal(503, nonsense, "").retry_after(), None, "{nonsense}");
        }
    }

    #[test]
    fn a_strangers_message_is_shown_short_and_can_not_steer_a_terminal() {
        let message = format!(r#"{{"message":"\u001b[2J{}"}}"#, "a".repeat(500));
        assert_eq!(
            refusal(502, "", &message).to_string(),
            format!("the API answered 502: [2J{}", "a".repeat(197))
        );
        assert_eq!(refusal(502, "", "<html>").to_string(), "the API answered 502 Bad Gateway");
    }
}
