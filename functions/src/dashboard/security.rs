//! What a browser may do with the page: <https://www.w3.org/TR/CSP3/>, and the headers beside it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// What a browser may do with the page: load its own files, and call the API that it belongs to. Nothing is inline, no
/// text becomes markup (Trusted Types), no form is sent anywhere, and no other page may frame it.
#[derive(Clone, Debug)]
pub(super) struct Policy(HeaderValue);

impl Policy {
    /// The policy of a page that may call these origins too, to sign in.
    pub(super) fn allowing(origins: &[String]) -> Self {
        let calls =
            ["'self'"].into_iter().chain(origins.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {calls}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'"
        );
        // An origin is of such characters only; with one that is not, nothing may be called.
        Self(HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")))
    }
}

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// On each answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (OPENER, "same-origin"),
    (RESOURCE, "same-origin"),
];

/// A year, in seconds.
const TLS_ONLY: &str = "max-age=31536000";

/// Adds these headers to the answer.
pub(super) async fn guard(State(Policy(policy)): State<Policy>, request: Request, next: Next) -> Response {
    let tls = is_behind_tls(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
    response
}

/// Whether the gateway was called over TLS, as API Gateway always is, and a stack on one's own machine is not.
fn is_behind_tls(headers: &HeaderMap) -> bool {
    headers.get(FORWARDED).is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}
