//! What holds for every route: the layers around the handlers. What all functions have of them is put together here,
//! what the API has beside in `router.rs`.

pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod rate_limit;
pub(crate) mod refusal;
pub mod request_id;
pub mod request_log;
pub mod trace;

use axum::{Router, middleware::from_fn};

/// `routes` with the layers that stand inside of all others: what a handler refuses, or panics with, becomes an answer.
pub(crate) fn answering<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(from_fn(refusal::refuse)).layer(from_fn(panics::catch))
}

/// `routes` with the layers that stand outside of all others: the request's id, its trace, and its line in the log.
pub(crate) fn recording<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(from_fn(request_log::log)).layer(from_fn(trace::assign)).layer(from_fn(request_id::assign))
}
