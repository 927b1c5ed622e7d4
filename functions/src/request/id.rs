//! What names one request: in its answer, in a problem's body, and on every line of the log.

use std::fmt;

use uuid::Uuid;

/// The id of a request, as Lambda gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id of this text.
    pub fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A new one, for a request that Lambda has given none: a handler's test calls without Lambda.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7().to_string())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
