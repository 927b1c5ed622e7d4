//! One log line a request.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use tracing::Instrument as _;

use crate::{problem_type::ProblemType, request_id::RequestId};

/// Logs the request with its outcome. All that is logged on the way carries the request's id too.
pub async fn log(id: RequestId, request: Request, next: Next) -> Response {
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), path = request.uri().path());
    let started = Instant::now();
    async move {
        let response = next.run(request).await;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let problem = response.extensions().get::<ProblemType>().map(|kind| kind.description().name);
        tracing::info!(status = response.status().as_u16(), problem, milliseconds, "answered");
        response
    }
    .instrument(span)
    .await
}
