//! Finds out the trace of each request.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::request::trace::Trace;

/// Adds the trace to the request's extensions.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let trace = Trace::of(request.headers()).unwrap_or_else(|error| {
        tracing::error!(%error, "a request has no trace");
        Trace { context: None, xray: None }
    });
    request.extensions_mut().insert(trace);
    next.run(request).await
}
