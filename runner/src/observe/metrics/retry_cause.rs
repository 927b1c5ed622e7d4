//! Why a request to the Kubernetes API is tried again, as its metric names it.

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
    /// 409: somebody else changed the object, or its namespace's quota, at the same time.
    Conflict,
    /// A webhook of the cluster's admission fails.
    Admission,
    /// Another refusal that may heal, such as that of a quota which its controller has not seen yet.
    NotYet,
}
