//! Reads an event of an HTTP API (payload format 2.0). Each field is looked up by itself, so that one
//! that is missing or of another type is distinguished from a fault of ours.

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, value::RawValue};

use super::target::{Target, TargetError};
use crate::{problem::Problem, request::gateway::GatewayContext};

/// The parameters of paths that the API's routes have.
const IDS: [&str; 2] = ["id", "operation"];

/// The request that `event` is about.
///
/// # Errors
/// [`Problem::NoSuchRoute`] for a path that can't be one, or that is another than the gateway matched;
/// [`Problem::Malformed`] for all else.
pub(super) fn read(event: &RawValue) -> Result<Request, Problem> {
    let event: Value = serde_json::from_str(event.get())
        .map_err(|error| malformed(format!("The gateway's event can't be read: {error}.")))?;
    let context = &event["requestContext"];
    let http = &context["http"];
    let (Some(method), Some(path)) = (http["method"].as_str(), event["rawPath"].as_str()) else {
        return Err(malformed("This is no event of an HTTP API in payload format 2.0."));
    };
    let method = Method::from_bytes(method.as_bytes())
        .map_err(|_| malformed("The method has characters that none can have."))?;
    let target = Target::parse(path, event["rawQueryString"].as_str().unwrap_or_default())?;
    let matched = IDS.iter().filter_map(|name| event["pathParameters"][name].as_str());
    // A gateway that takes an encoded slash for part of an id, and hands it over decoded, has matched
    // another route than the path names here.
    if matched.into_iter().any(|id| !target.has_segment(id)) {
        return Err(Problem::NoSuchRoute);
    }

    let mut request = Request::new(body(&event)?);
    *request.method_mut() = method;
    *request.uri_mut() = target.into_uri()?;
    *request.headers_mut() = headers(&event["headers"])?;
    request.extensions_mut().insert(GatewayContext {
        source_address: http["sourceIp"].as_str().and_then(|address| address.parse().ok()),
        claims: context["authorizer"]["jwt"]["claims"].as_object().cloned(),
    });
    Ok(request)
}

/// The headers. A gateway hands over a name once, its values joined by commas; cookies are none that
/// this API reads.
fn headers(fields: &Value) -> Result<HeaderMap, Problem> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields.as_object().into_iter().flatten() {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| malformed(format!("The header {name:?} has a name that none can have.")))?;
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values.iter().filter_map(Value::as_str) {
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| malformed(format!("The header {name:?} has characters that none can have.")))?;
            headers
                .try_append(parsed.clone(), value)
                .map_err(|_| malformed("The request has too many headers."))?;
        }
    }
    Ok(headers)
}

fn body(event: &Value) -> Result<Body, Problem> {
    let Some(text) = event["body"].as_str() else { return Ok(Body::empty()) };
    if event["isBase64Encoded"] == true {
        let bytes = STANDARD.decode(text).map_err(|_| malformed("The body did not arrive whole."))?;
        return Ok(Body::from(bytes));
    }
    Ok(Body::from(text.to_owned()))
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::Malformed { detail: detail.into() }
}

impl From<TargetError> for Problem {
    fn from(error: TargetError) -> Self {
        match error {
            TargetError::NoPath => Self::NoSuchRoute,
            TargetError::TooLong => malformed("The path and the query are too long."),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        serde_json::from_str(include_str!("../../../events/create.json")).unwrap()
    }

    fn read_value(event: &Value) -> Result<Request, Problem> {
        read(&serde_json::value::to_raw_value(event).unwrap())
    }

    fn assert_malformed(event: &Value) {
        let read = read_value(event);
        assert!(matches!(read, Err(Problem::Malformed { .. })), "{event}: {read:?}");
    }

    #[test]
    fn scheme_and_host_are_headers_and_nothing_else() {
        for (name, value) in [
            ("x-forwarded-proto", "https,http"),
            ("x-forwarded-proto", "a b://"),
            ("x-forwarded-proto", ""),
            ("host", "a b"),
            ("host", "evil.example/v1/stores/a-shop#"),
            ("host", "[::"),
            ("host", ""),
            ("host", "ä"),
        ] {
            let mut event = event();
            event["headers"][name] = json!(value);
            let request = read_value(&event).unwrap();
            assert_eq!(request.uri(), "/v1/stores");
            assert_eq!(request.headers()[name].as_bytes(), value.as_bytes());
        }
    }

    #[test]
    fn what_the_gateway_matched_is_part_of_the_path_or_there_is_no_such_route() {
        let mut event = event();
        for (path, id, is_there) in [
            ("/v1/stores/a-shop", json!({ "id": "a-shop" }), true),
            ("/v1/stores/a-shop", json!({}), true),
            ("/v1/stores/a-shop", json!(null), true),
            ("/v1/stores/a/events", json!({ "id": "a/events" }), false),
            ("/v1/stores/a-shop", json!({ "id": "b-shop" }), false),
            ("/v1/stores/a/operations/b", json!({ "id": "a", "operation": "b/c" }), false),
        ] {
            event["rawPath"] = json!(path);
            event["pathParameters"] = id;
            let read = read_value(&event);
            assert!(
                if is_there { read.is_ok() } else { matches!(read, Err(Problem::NoSuchRoute)) },
                "{event}"
            );
        }
    }

    #[test]
    fn what_no_request_can_have_is_malformed() {
        for (pointer, value) in [
            ("/requestContext/http/method", json!("GET /")),
            ("/requestContext/http/method", json!("")),
            ("/requestContext/http/method", json!(7)),
            ("/requestContext/http", json!(null)),
            ("/requestContext", json!([])),
            ("/rawPath", json!(null)),
            ("/headers/host", json!("a\nb")),
            ("/headers/host", json!("a\u{0}")),
            ("/headers", json!({ "a b": "" })),
            ("/headers", json!({ "": "" })),
            ("/headers", json!({ "ä": "" })),
        ] {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = value;
            assert_malformed(&event);
        }
        let mut cut = event();
        (cut["body"], cut["isBase64Encoded"]) = (json!("e30"), json!(true));
        assert_malformed(&cut);
        for event in
            [json!(null), json!([]), json!({}), json!("x"), json!({ "httpMethod": "GET", "path": "/" })]
        {
            assert_malformed(&event);
        }
    }

    #[test]
    fn an_event_that_is_no_json_for_us_is_malformed_too() {
        let lone_surrogate = r#"{"rawPath": "\ud800"}"#.to_owned();
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [lone_surrogate, deep] {
            let event = RawValue::from_string(text).unwrap();
            assert!(matches!(read(&event), Err(Problem::Malformed { .. })), "{event:.30}");
        }
    }

    /// Any JSON: texts above all.
    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![any::<String>(), "[ -~]{0,12}", "[\\x00-\\x20\"<>#?%/\\\\.:@\\[\\]a-z]{0,12}"];
        let leaf = prop_oneof![
            6 => text.prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<bool>().prop_map(Value::from),
            1 => Just(Value::Null),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            let names = vec(("[a-z-]{0,8}", inner.clone()), 0..3);
            let map = |pairs: Vec<(String, Value)>| Value::Object(pairs.into_iter().collect());
            prop_oneof![vec(inner, 0..3).prop_map(Value::from), names.prop_map(map)]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_stands_in_an_event_it_becomes_a_request_or_a_problem(
            fields in vec((
                prop_oneof![
                    Just("/rawPath"),
                    Just("/rawQueryString"),
                    Just("/headers"),
                    Just("/headers/host"),
                    Just("/headers/x-forwarded-proto"),
                    Just("/headers/authorization"),
                    Just("/headers/content-type"),
                    Just("/body"),
                    Just("/isBase64Encoded"),
                    Just("/requestContext"),
                    Just("/requestContext/stage"),
                    Just("/requestContext/domainName"),
                    Just("/requestContext/http"),
                    Just("/requestContext/http/method"),
                    Just("/requestContext/http/sourceIp"),
                ],
                value(),
            ), 1..4),
        ) {
            let mut event = event();
            for (pointer, value) in fields {
                if let Some(place) = event.pointer_mut(pointer) {
                    *place = value;
                }
            }
            match read_value(&event) {
                Ok(request) => {
                    let path = event["rawPath"].as_str().unwrap();
                    prop_assert_eq!(path.split('/').count(), request.uri().path().split('/').count());
                }
                Err(problem) => prop_assert!(problem.kind().description().status.is_client_error()),
            }
        }
    }
}
