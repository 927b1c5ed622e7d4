//! Why a request to the Kubernetes API is tried again, as its metric tells it.

use kube::core::Status;

/// The kinds of reasons for which a request is tried again: few, so that each can be a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RetryCause {
    /// No answer in time.
    Timeout,
    /// No connection, or one that broke, or an answer that can't be read.
    Connection,
    /// 429: too many requests.
    Throttled,
    /// 5xx.
    ServerError,
    /// Another refusal that may heal, such as that of a quota which its controller has not seen yet.
    NotYet,
}

impl RetryCause {
    /// The cause in a refusal that may heal.
    pub(super) fn of(refusal: &Status) -> Self {
        match refusal.code {
            429 => Self::Throttled,
            500.. => Self::ServerError,
            _ => Self::NotYet,
        }
    }
}
