//! The rule that every command passes before its handler: its caller is known, and has calls left.
//!
//! The limit comes before validation: to read a body is work, and a 422 that costs nothing could be asked for without
//! end. So a create that is refused later has used up one of its address's creates, and no place among the stores.

use axum::{
    extract::{FromRequestParts as _, Request, State},
    middleware::Next,
    response::Response,
};
use domain::auth::rate::{Rate, Source};

use crate::{app::App, auth::Caller, problem::Problem, request::gateway::source_address};

/// Lets a command through to its handler: authenticates its caller, then counts it against `rate`. All that
/// the handler does, reading the body included, is behind the limit.
///
/// # Errors
/// What the caller gets in place of the handler's answer.
pub(crate) async fn limit(
    State((app, rate)): State<(App, Rate)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    Caller::from_request_parts(&mut parts, &app).await?;
    let source = Source::of(source_address(&parts.extensions));
    let allowance = app.rates.count(&app.table, rate, source, app.clock.now()).await?;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    allowance.write(response.headers_mut());
    Ok(response)
}
