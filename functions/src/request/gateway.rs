//! What API Gateway says of a request, in addition to what its caller sent.

use std::net::IpAddr;

use axum::http::Extensions;
use serde_json::{Map, Value};

/// What the gateway says of a request.
#[derive(Clone, Debug)]
pub(crate) struct GatewayContext {
    /// The address at the other end of the caller's connection.
    pub(crate) source_address: Option<IpAddr>,
    /// The claims that its authorizer has checked.
    pub(crate) claims: Option<Map<String, Value>>,
}

/// The address at the other end of the caller's connection to the gateway; `None` where no gateway
/// said one. Never from `X-Forwarded-For` or any other header, which callers write as they like.
#[must_use]
pub fn source_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<GatewayContext>()?.source_address
}

/// The claims that the gateway's JWT authorizer has found good. Gateways that check none set none
/// either, whatever a caller sends: `cargo lambda watch` writes `authorizer: null` into each event.
#[must_use]
pub fn checked_claims(extensions: &Extensions) -> Option<&Map<String, Value>> {
    extensions.get::<GatewayContext>()?.claims.as_ref()
}
