//! Whatever stands in an event, it gets an answer: nothing that a caller sends ends a function.

use axum::http::{Method, StatusCode};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::api::{Api, Call, assert_problem};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn headers_that_name_hosts_and_schemes_change_no_answer() {
    let api = Api::new().await;
    api.create("A Shop", &api.admin).await;
    for (name, value) in [
        ("x-forwarded-proto", "https,http"),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-proto", "javascript:"),
        ("x-forwarded-proto", " "),
        ("x-forwarded-proto", ""),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-port", "99999999"),
        ("host", "a b"),
        ("host", "a\tb"),
        ("host", "["),
        ("host", "a:b:c"),
        ("host", "user@/?#"),
        ("host", "ä"),
        ("host", ""),
        ("cookie", "a b; ;;=\u{80}"),
    ] {
        let answer = api.answer(Call::get("/v1/stores/a-shop").by(&api.admin).header(name, value)).await;
        assert_eq!(
            (answer.status, &answer.body["id"]),
            (StatusCode::OK, &json!("a-shop")),
            "{name}: {value:?}"
        );
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_query_with_characters_that_no_url_has_is_read_as_it_is() {
    let api = Api::new().await;
    for (query, parameter) in
        [("x=\"y\"", "x"), ("<b>", "<b>"), ("a#b=c", "a#b"), ("{}=1", "{}"), ("a b", "a b"), ("\0=", "\0")]
    {
        let answer = api.answer(Call::get("/v1/stores").asking(query).by(&api.admin)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(answer.body["errors"][0]["parameter"], parameter, "{query:?}");
    }
    let quoted = api.answer(Call::get("/v1/stores").asking("owner=\"ada\"").by(&api.admin)).await;
    assert_problem(&quoted, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    for path in ["/healthz", "/v1/openapi.json"] {
        let answer = api.answer(Call::get(path).asking("x=\"y\"&<b>&%&%ff&#")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_can_not_be_read_is_a_problem_like_any_other() {
    let api = Api::new().await;
    for (pointer, value) in [
        ("/headers/authorization", json!("Bearer \n")),
        ("/headers", json!({ "a b": "c" })),
        ("/requestContext/http/method", json!("GET /")),
        ("/requestContext/http/method", json!("")),
        ("/rawPath", json!(null)),
        ("/requestContext", json!(null)),
    ] {
        let mut event = Call::get("/v1/stores").by(&api.admin).event();
        *event.pointer_mut(pointer).unwrap() = value;
        assert_problem(&api.event(&event).await, StatusCode::BAD_REQUEST, "malformed");
    }
    let mut event = Call::new(Method::POST, "/v1/stores").by(&api.admin).with(&json!({})).event();
    (event["body"], event["isBase64Encoded"]) = (json!("not base64"), json!(true));
    assert_problem(&api.event(&event).await, StatusCode::BAD_REQUEST, "malformed");
    for event in [json!({}), json!(null), json!([1]), json!("event"), json!({ "source": "aws.events" })] {
        assert_problem(&api.event(&event).await, StatusCode::BAD_REQUEST, "malformed");
    }
}

/// The fields of an event that a caller has a hand in.
const FIELDS: [&str; 14] = [
    "/rawPath",
    "/rawQueryString",
    "/body",
    "/isBase64Encoded",
    "/pathParameters",
    "/headers/authorization",
    "/headers/content-type",
    "/headers/content-encoding",
    "/headers/host",
    "/headers/idempotency-key",
    "/headers/if-match",
    "/headers/if-none-match",
    "/headers/traceparent",
    "/requestContext/http/method",
];

/// Texts as strangers send them.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        "/v1/(stores|tokens|audit)(/[ -~\\x00-\\x1f]{0,6}){0,3}",
        "(Bearer )?swt_[0-9a-f]{14,18}_[0-9a-f]{62,66}",
        "(limit|cursor|status|owner)=[ -~]{0,12}",
        "\\{(\"(name|adminEmail|target|since)\": ?(\"[ -~]{0,8}\"|[0-9e.-]{0,6}|null),?){0,3}\\}?",
    ]
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn any_text_in_any_field_gets_an_answer_that_is_no_fault_of_ours() {
    let api = Api::new().await;
    api.create("A Shop", &api.admin).await;
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let starts = [
        (Method::GET, "/v1/stores/a-shop"),
        (Method::GET, "/v1/stores"),
        (Method::POST, "/v1/stores"),
        (Method::POST, "/v1/stores/a-shop/actions/logs"),
        (Method::DELETE, "/v1/tokens/0123456789abcdef"),
    ];
    for (method, path) in starts {
        for field in FIELDS {
            for _ in 0..12 {
                let text = text().new_tree(&mut runner).unwrap().current();
                let mut event = Call::new(method.clone(), path).by(&api.admin).with(&json!({})).event();
                put(&mut event, field, text.into());
                let answer = api.event(&event).await;
                assert!(!answer.status.is_server_error(), "{event}: {}", answer.body);
                assert!(answer.headers.contains_key("x-request-id"));
            }
        }
    }
}

/// Puts `value` at `pointer`, whether or not there is something.
fn put(event: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
}
