//! What API Gateway says of a request, beside what the caller sent.

use std::{collections::HashMap, net::IpAddr};

use axum::http::Extensions;
use lambda_http::{aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext};

/// The address at the other end of the caller's connection to the gateway; `None` where no gateway
/// said one. Never from `X-Forwarded-For` or any other header, which callers write as they like.
#[must_use]
pub fn source_address(extensions: &Extensions) -> Option<IpAddr> {
    context(extensions)?.http.source_ip.as_deref()?.parse().ok()
}

/// The claims that the gateway's JWT authorizer has found good. Gateways that check none set none
/// either, whatever a caller sends: `cargo lambda watch` writes `authorizer: None` into each event.
#[must_use]
pub fn checked_claims(extensions: &Extensions) -> Option<&HashMap<String, String>> {
    Some(&context(extensions)?.authorizer.as_ref()?.jwt.as_ref()?.claims)
}

fn context(extensions: &Extensions) -> Option<&ApiGatewayV2httpRequestContext> {
    match extensions.get()? {
        RequestContext::ApiGatewayV2(context) => Some(context),
        // The type has variants for gateways that this build has not.
        _ => None,
    }
}
