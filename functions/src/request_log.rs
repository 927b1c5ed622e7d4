//! One log line a request, and the request id that finds it.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use lambda_http::RequestExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs the request with its outcome, and puts its id on the answer. All that is logged on the way
/// carries the id too.
pub async fn log(request: Request, next: Next) -> Response {
    // Outside a Lambda, in a handler's test, nobody has given the request an id.
    let id = request
        .lambda_context_ref()
        .map_or_else(|| Uuid::now_v7().to_string(), |context| context.request_id.clone());
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), path = request.uri().path());
    let started = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}
