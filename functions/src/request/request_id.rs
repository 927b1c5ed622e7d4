//! What names one request: in its answer, in a problem's body, and on every line of the log.

use std::fmt;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderName, HeaderValue, request::Parts},
    middleware::Next,
    response::Response,
};
use uuid::Uuid;

use crate::problem::Problem;

/// The header that tells a caller.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, as Lambda gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id of this text.
    pub fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Gives the request an id, unless Lambda has given it one, and tells it with the answer.
pub async fn assign(mut request: Request, next: Next) -> Response {
    // Outside a Lambda, in a handler's test, nobody has.
    let id = request.extensions_mut().get_or_insert_with(|| RequestId(Uuid::now_v7().to_string())).clone();
    let mut response = next.run(request).await;
    if let Ok(header) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, header);
    }
    response
}

/// Taken by what runs inside of [`assign`].
impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Internal)
    }
}
