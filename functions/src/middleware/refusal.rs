//! Answers a request that could not be made from the gateway's event.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::gateway::Refusal;

/// Answers with the reason, so that the request is counted and logged like all others.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    match request.extensions().get::<Refusal>() {
        Some(Refusal(problem)) => problem.clone().into_response(),
        None => next.run(request).await,
    }
}
