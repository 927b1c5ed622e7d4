//! API Gateway: how its events become requests, and answers what it takes.
//!
//! The crate `lambda_http` does this for every gateway, and is not used. It joins scheme, host and
//! path to a text, all of which a caller can write, and reads that as a URL. What is no URL ends the
//! invocation by a panic, before any handler; what is one may name another path than the one that
//! the gateway has matched, because `#` and `?` end a path and `..` leaves a folder. Here nothing that
//! a caller sends is parsed as a URL, and what can't be read is answered as any other bad request.

mod answer;
mod event;
mod target;

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue},
};
use serde_json::value::RawValue;
use tower::ServiceExt as _;

pub use self::answer::Answer;
use crate::{problem::Problem, request::id::RequestId};

const AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What Lambda says of an invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its id.
    pub request_id: String,
    /// Its trace, as X-Ray has it.
    pub xray_trace_id: Option<String>,
}

/// Why a request is refused that could not be made from its event.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) Problem);

/// What `routes` answer to an event of an HTTP API, payload format 2.0. There is always an answer: an
/// event that can't be read is a problem like any other.
pub async fn answer(routes: Router, event: &RawValue, invocation: Invocation) -> Answer {
    let mut request = event::read(event).unwrap_or_else(|problem| {
        let mut refused = Request::default();
        refused.extensions_mut().insert(Refusal(problem));
        refused
    });
    let Invocation { request_id, xray_trace_id } = invocation;
    // The gateway's own trace is the parent of the invocation's.
    if let Some(Ok(trace)) = xray_trace_id.map(HeaderValue::try_from) {
        request.headers_mut().insert(AMZN_TRACE_ID, trace);
    }
    request.extensions_mut().insert(RequestId::of(request_id));
    let response = routes.oneshot(request).await.unwrap_or_else(|error| match error {});
    Answer::of(response).await
}
