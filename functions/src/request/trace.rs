//! The trace that a request belongs to: on each line of its log, and on the job that it sends.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, request::Parts},
};
use domain::values::{random::RandomnessError, traceparent::Traceparent};

use crate::problem::Problem;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// As API Gateway and Lambda give it: the runtime puts the invocation's own in place of what came.
const AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// The trace of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The caller's own trace context, where there is a sound one; else the gateway's; else a new
    /// one. There is none only where the system has no randomness, which is no reason to refuse a
    /// request.
    pub context: Option<Traceparent>,
    /// What X-Ray calls the trace that Lambda has begun.
    pub xray: Option<String>,
}

impl Trace {
    /// What a job hands on of it.
    #[must_use]
    pub fn traceparent(&self) -> Option<String> {
        self.context.as_ref().map(ToString::to_string)
    }

    /// The trace of a request with these headers.
    ///
    /// # Errors
    /// [`RandomnessError`] when a new one is needed, and the system has no randomness.
    pub fn of(headers: &HeaderMap) -> Result<Self, RandomnessError> {
        let text = |name: HeaderName| {
            let mut values = headers.get_all(name).iter();
            // W3C Trace Context, 3.2: more than one is none.
            values.next().filter(|_| values.next().is_none())?.to_str().ok()
        };
        let xray = text(AMZN_TRACE_ID).map(Traceparent::of_xray).transpose()?.flatten();
        let context = match (text(TRACEPARENT).and_then(Traceparent::parse), &xray) {
            (Some(theirs), _) => theirs,
            (None, Some(xray)) => xray.clone(),
            (None, None) => Traceparent::fresh()?,
        };
        Ok(Self { context: Some(context), xray: xray.as_ref().map(Traceparent::xray_trace_id) })
    }
}

/// Taken by what runs inside of the middleware that finds it out.
impl<S: Send + Sync> FromRequestParts<S> for Trace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Internal)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const THEIRS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const XRAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";

    fn trace(headers: &[(HeaderName, &'static str)]) -> Trace {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        Trace::of(&map).unwrap()
    }

    fn text(trace: Trace) -> String {
        trace.context.unwrap().to_string()
    }

    #[test]
    fn the_callers_trace_goes_before_the_gateways() {
        let both = trace(&[(TRACEPARENT, THEIRS), (AMZN_TRACE_ID, XRAY)]);
        assert_eq!(both.xray.as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
        assert_eq!(text(both), THEIRS);
        let gateways = text(trace(&[(AMZN_TRACE_ID, XRAY)]));
        assert_eq!(gateways, "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00");
    }

    #[test]
    fn what_is_malformed_or_said_twice_is_as_if_it_were_not_there() {
        let other = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01";
        for headers in
            [[(TRACEPARENT, "x"), (AMZN_TRACE_ID, "y")], [(TRACEPARENT, THEIRS), (TRACEPARENT, other)]]
        {
            let trace = trace(&headers);
            assert_eq!(trace.xray, None);
            let context = text(trace);
            assert!(Traceparent::parse(&context).is_some() && context != THEIRS && context != other);
        }
    }
}
