//! Gives each request its id and its context, before all else.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

use crate::request::{context::RequestContext, id::RequestId};

/// The header that has the id of the request that an answer is to.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Answers in the context of the request's id, which is Lambda's where it has given one, and puts that into a header.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let id = request.extensions_mut().remove::<RequestId>().unwrap_or_else(RequestId::fresh);
    let header = HeaderValue::from_str(&id.to_string());
    let mut response = RequestContext::new(id).scope(next.run(request)).await;
    if let Ok(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    response
}
