//! Counts what comes of each request.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{app::App, request::context::RequestContext};

/// Writes the request's metrics once it is answered.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let context = RequestContext::current();
    app.metrics.answered(app.clock.now(), context.id(), context.outcome());
    response
}
