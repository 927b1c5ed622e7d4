//! Requests that are answered with a problem.

use axum::http::{Method, StatusCode, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{auth::principal::Role, aws::Clients};
use functions::config::Settings;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::fixture::Fixture;

use crate::api::{Api, Call, TestClock, assert_problem, token};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_request_that_is_not_valid_is_answered_with_every_field() {
    let api = Api::new().await;
    let long = "a".repeat(51);
    let good = "owner@example.com";
    for (body, pointers) in [
        (json!({ "name": "Böse Käse", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": long, "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "'; drop", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "www", "adminEmail": good }), vec!["/name"]),
        (json!({ "name": "My Shop" }), vec!["/adminEmail"]),
        (json!({ "name": "My Shop", "adminEmail": "nobody" }), vec!["/adminEmail"]),
        (json!({ "name": 7, "adminEmail": null }), vec!["/name", "/adminEmail"]),
        (json!({ "name": "My Shop", "adminEmail": good, "plan": "gold" }), vec!["/plan"]),
        (json!({ "name": "My Shop", "adminEmail": good, "country": "de" }), vec!["/country"]),
        (json!({ "name": "My Shop", "adminEmail": good, "locale": "de" }), vec!["/locale"]),
        // A locale of WordPress, but none that the platform's image has.
        (json!({ "name": "My Shop", "adminEmail": good, "locale": "ja" }), vec!["/locale"]),
        (
            json!({ "name": "My Shop", "adminEmail": good, "country": 49, "currency": "DEM" }),
            vec!["/country", "/currency"],
        ),
        (json!({}), vec!["/name", "/adminEmail"]),
    ] {
        let answer = api.call(Method::POST, "/v1/stores", Some(&api.admin), Some(body)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!(
            errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect::<Vec<_>>(),
            pointers
        );
    }
    assert!(api.jobs().await.is_empty());
    assert_eq!(api.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_body_that_can_not_be_read_is_distinguished_from_one_that_is_not_valid() {
    let api = Api::new().await;
    let post = |headers: &[(&str, &str)], body: &str| {
        let mut call = Call::new(Method::POST, "/v1/stores").by(&api.admin).text(body);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        api.answer(call)
    };
    let json = ("content-type", "application/json");
    for body in ["", "{", "[1]", r#"{"name": "a", "name": "b"}"#] {
        assert_problem(&post(&[json], body).await, StatusCode::BAD_REQUEST, "malformed");
    }
    let long = post(&[json], &" ".repeat(16 * 1024 + 1)).await;
    assert_problem(&long, StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    assert!(long.headers.contains_key("ratelimit"), "{:?}", long.headers);
    assert_problem(&post(&[json], &" ".repeat(16 * 1024)).await, StatusCode::BAD_REQUEST, "malformed");

    let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    for headers in [&[][..], &[("content-type", "text/plain")]] {
        let answer = post(headers, "{}").await;
        assert_problem(&answer, unsupported, "unsupported-media-type");
        assert_eq!(answer.headers[header::ACCEPT], "application/json");
    }
    let compressed = post(&[json, ("content-encoding", "gzip")], "{}").await;
    assert_problem(&compressed, unsupported, "unsupported-media-type");
    assert_eq!(compressed.headers[header::ACCEPT_ENCODING], "identity");
    let plain = post(&[json, ("content-encoding", "Identity")], "{}").await;
    assert_problem(&plain, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn unknown_routes_and_methods_are_problems_too() {
    let api = Api::new().await;
    for path in ["/", "/v1/nothing", "/v1/stores/", "/v1/stores/a/", "/healthz/"] {
        assert_problem(&api.get(path).await, StatusCode::NOT_FOUND, "no-such-route");
    }
    for id in ["No%20Slug", "No Slug", "a%2Fb", "%C3%A4", "ä", "%00", "%FF", "a%"] {
        let answer = api.get(&format!("/v1/stores/{id}")).await;
        assert_problem(&answer, StatusCode::NOT_FOUND, "no-such-store");
    }
    for (method, path, allow) in [
        (Method::PUT, "/v1/stores", "GET, HEAD, POST"),
        (Method::DELETE, "/v1/stores", "GET, HEAD, POST"),
        (Method::PATCH, "/v1/stores", "GET, HEAD, POST"),
        (Method::POST, "/v1/stores/a", "GET, HEAD, DELETE"),
        (Method::TRACE, "/v1/stores/a/events", "GET, HEAD"),
        (Method::POST, "/healthz", "GET, HEAD"),
    ] {
        let answer = api.call(method, path, Some(&api.admin), None).await;
        assert_problem(&answer, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
        assert_eq!(answer.headers[header::ALLOW], allow);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_browsers_preflight_succeeds_without_a_token_and_tells_what_the_path_takes() {
    let api = Api::new().await;
    for (path, allow) in [
        ("/v1/stores", "GET, HEAD, POST"),
        ("/v1/stores/my-shop", "GET, HEAD, DELETE"),
        ("/v1/stores/my-shop/actions/restart", "POST"),
        ("/healthz", "GET, HEAD"),
    ] {
        let preflight = Call::new(Method::OPTIONS, path)
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let answer = api.answer(preflight).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::NO_CONTENT, &Value::Null), "{path}");
        assert_eq!(answer.headers[header::ALLOW], allow);
        // Who may call from where is said at API Gateway, and nowhere else.
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    }
    let nowhere = api.answer(Call::new(Method::OPTIONS, "/v1/nothing")).await;
    assert_problem(&nowhere, StatusCode::NOT_FOUND, "no-such-route");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn head_is_answered_as_get_is_without_a_body() {
    let api = Api::new().await;
    api.create("My Shop", &api.admin).await;
    for (path, status) in [("/v1/stores/my-shop", StatusCode::OK), ("/v1/stores/none", StatusCode::NOT_FOUND)]
    {
        let (get, head) = (api.get(path).await, api.call(Method::HEAD, path, Some(&api.admin), None).await);
        assert_eq!((head.status, &head.body), (status, &Value::Null));
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            assert_eq!(head.headers.get(&name), get.headers.get(&name), "{name}");
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_table_that_does_not_answer_is_a_passing_trouble() {
    let fixture = Fixture::new().await;
    let clients = Clients::local("http://127.0.0.1:1", "http://127.0.0.1:1");
    let away = Fixture { clients, ..fixture.clone() };
    let queue = fixture.queue.clone();
    let admin = token(&fixture, "root", Role::Admin).await;
    let answer =
        Api::instance(away, queue, Settings::default(), admin, TestClock::new()).get("/v1/stores").await;
    assert_problem(&answer, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    assert!(!answer.body.to_string().contains("127.0.0.1"), "{}", answer.body);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_body_that_lambda_has_in_base64_is_measured_and_read_as_it_was_sent() {
    let api = Api::new().await;
    let send = |body: &[u8]| {
        let mut event: Value = serde_json::from_str(include_str!("../../../../events/create.json")).unwrap();
        event["headers"]["authorization"] = json!(format!("Bearer {}", api.admin.expose_secret()));
        event["body"] = json!(STANDARD.encode(body));
        event["isBase64Encoded"] = json!(true);
        let api = &api;
        async move { api.event(&event).await }
    };
    let good = br#"{"name": "My Shop", "adminEmail": "owner@example.com"}"#;
    // In base64 it has more than 16 KiB.
    let padded = [good.as_slice(), &[b' '; 16 * 1024 - 60]].concat();
    assert_eq!(send(&padded).await.status, StatusCode::ACCEPTED);
    let longer = send(&[padded.as_slice(), &[b' '; 60]].concat()).await;
    assert_problem(&longer, StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    assert_problem(&send(b"{\"name\": \"\xff\"}").await, StatusCode::BAD_REQUEST, "malformed");
}
