//! A handler that panics answers like any other that fails, and its function goes on.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;

use crate::problem::Problem;

/// Turns a panic into [`Problem::Internal`] and a line of the log.
pub(crate) async fn catch(request: Request, next: Next) -> Response {
    // Nothing that was borrowed is used again: the request is gone with the panic, and what handlers
    // share are clients, which hold no lock across an await.
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(panic = message(&*panic), "a handler panicked");
        Problem::Internal.into_response()
    })
}

/// What `panic!` was given; a panic with anything else is the work of a library.
fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
