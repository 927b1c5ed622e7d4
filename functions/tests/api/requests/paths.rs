//! Paths that are not what they look like: a path is read once, by its segments.

use axum::http::{Method, StatusCode};
use domain::auth::principal::Role;
use serde_json::{Value, json};

use crate::{
    api::{Answer, Api, Call, issue, keep},
    requests::routes::real_paths,
};

/// What turns the path of something into one of nothing, put at the end of its id.
const ENDS: [&str; 30] = [
    "#",
    "#anything",
    "?",
    "?x=y",
    "\\",
    "\\x",
    "%",
    "%23",
    "%3f",
    "%2f",
    "%2F..",
    "%00",
    "%20",
    "%0a",
    "\0",
    "\t",
    "\r\n",
    "\u{7f}",
    "\u{85}",
    " ",
    "ä",
    "\u{200b}",
    "\u{202e}",
    ";x=y",
    ".",
    "..",
    "+",
    "&",
    "\"",
    "<b>",
];

fn problem(answer: &Answer) -> bool {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    answer.status == StatusCode::NOT_FOUND && kind.starts_with("urn:shopwright:problem:no-such-")
}

async fn assert_nothing(api: &Api, call: Call) {
    let event = call.by(&api.admin).event();
    let answer = api.event(&event).await;
    assert!(problem(&answer), "{}: {} {}", event["rawPath"], answer.status, answer.body);
}

/// All that can change by a call.
async fn state(api: &Api) -> Vec<Value> {
    let mut state = Vec::new();
    for path in ["/v1/stores", "/v1/stores/a-shop/operations", "/v1/stores/a-shop/events", "/v1/tokens"] {
        state.push(api.get(path).await.body);
    }
    state
}

/// An API with a store, `a-shop`, whose job was taken, and the id of a token.
async fn api_with_a_store_and_a_token() -> (Api, String) {
    let api = Api::new().await;
    let (token, _) = issue("ada", Role::Owner);
    let id = token.id.to_string();
    keep(&api.fixture, token).await;
    api.create("A Shop", &api.admin).await;
    api.jobs().await;
    (api, id)
}

/// Routes with an id, each with its path made real: for a store and for a token that are there.
fn with_an_id(token: &str) -> impl Iterator<Item = (Method, String, String)> {
    real_paths("a-shop", token).filter(|(_, path, id)| path.contains(id.as_str()))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_put_to_an_id_makes_it_name_nothing() {
    let (api, token) = api_with_a_store_and_a_token().await;
    let before = state(&api).await;
    for (method, path, id) in with_an_id(&token) {
        for end in ENDS {
            for odd in [format!("{id}{end}"), format!("{end}{id}")] {
                let odd = path.replacen(&id, &odd, 1);
                assert_nothing(&api, Call::of(method.clone(), &odd)).await;
                // A query is no part of a path, whatever is in it.
                assert_nothing(&api, Call::of(method.clone(), &odd).asking("limit=1#/../a-shop")).await;
            }
        }
    }
    assert_eq!(state(&api).await, before);
    assert_eq!(api.jobs().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_operation_has_one_id_in_one_form() {
    let api = Api::new().await;
    api.create("A Shop", &api.admin).await;
    let logs = Call::new(Method::POST, "/v1/stores/a-shop/actions/logs");
    let asked = api.answer(logs.by(&api.admin).with(&json!({ "component": "mysql" }))).await;
    let id = asked.body["id"].as_str().unwrap();
    let path = format!("/v1/stores/a-shop/operations/{id}");
    assert_eq!(api.get(&path).await.status, StatusCode::OK);
    for end in ENDS {
        assert_nothing(&api, Call::of(Method::GET, &format!("{path}{end}"))).await;
        assert_nothing(&api, Call::of(Method::GET, &path.replace("a-shop", &format!("a-shop{end}")))).await;
    }
    for odd in
        [format!("{{{id}}}"), format!("urn:uuid:{id}"), id.replace('-', ""), format!("../operations/{id}")]
    {
        assert_nothing(&api, Call::of(Method::GET, &path.replace(id, &odd))).await;
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn no_detour_leads_to_a_store_or_a_token() {
    let (api, token) = api_with_a_store_and_a_token().await;
    let before = state(&api).await;
    for (method, path, id) in with_an_id(&token) {
        let (parent, rest) = path.split_once(id.as_str()).unwrap();
        for detour in [
            format!("{parent}no-such/../{id}{rest}"),
            format!("{parent}no-such/%2e%2e/{id}{rest}"),
            format!("{parent}no-such%2f..%2f{id}{rest}"),
            format!("{parent}no-such\\..\\{id}{rest}"),
            format!("{parent}./{id}{rest}"),
            format!("{parent}/{id}{rest}"),
            format!("{parent}{id}/.{rest}"),
            format!("{parent}{id}/{rest}"),
            format!("{parent}{id}{rest}/"),
            format!("{parent}{id}{rest}/."),
            format!("{parent}{id}{rest}/x/.."),
            format!("{parent}..{rest}"),
            format!("{parent}.{rest}"),
            format!("{parent}{rest}/"),
            format!("/{path}"),
            format!("/.{path}"),
            format!("/x/..{path}"),
            format!("\\{path}"),
            path.replacen('/', "\\", 2),
            format!("https://example.com{path}"),
            path.trim_start_matches('/').to_owned(),
            path.to_uppercase(),
        ] {
            assert_nothing(&api, Call::of(method.clone(), &detour)).await;
        }
    }
    assert_eq!(state(&api).await, before);
    assert_eq!(api.jobs().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_path_that_is_another_than_the_gateway_matched_is_none() {
    let api = Api::new().await;
    api.create("A Shop", &api.admin).await;
    for (path, id, status) in [
        ("/v1/stores/a-shop", "a-shop", StatusCode::OK),
        ("/v1/stores/a-shop/events", "a-shop", StatusCode::OK),
        ("/v1/stores/a-shop/events", "a-shop/events", StatusCode::NOT_FOUND),
        ("/v1/stores/a-shop", "b-shop", StatusCode::NOT_FOUND),
    ] {
        let mut event = Call::of(Method::GET, path).by(&api.admin).event();
        event["pathParameters"] = json!({ "id": id });
        assert_eq!(api.event(&event).await.status, status, "{path} {id}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_stage_or_a_mapping_key_before_a_path_is_refused_by_name() {
    let api = Api::new().await;
    api.create("A Shop", &api.admin).await;
    for (path, stage, prefix) in [
        ("/prod/v1/stores", "prod", "/prod"),
        ("/prod/v1/stores/a-shop", "prod", "/prod"),
        ("/shops/v1/stores/a-shop/events", "$default", "/shops"),
        ("/shops/api/healthz", "prod", "/shops/api"),
        ("/v1/v1/stores", "v1", "/v1"),
    ] {
        let mut event = Call::of(Method::GET, path).by(&api.admin).event();
        event["requestContext"]["stage"] = json!(stage);
        let answer = api.event(&event).await;
        assert!(problem(&answer), "{path}: {}", answer.body);
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("\"{prefix}\"")) && detail.contains("$default"), "{detail}");
    }
    // A domain that is mapped to a stage without a key has no prefix.
    let mut event = Call::of(Method::GET, "/v1/stores/a-shop").by(&api.admin).event();
    event["requestContext"]["stage"] = json!("prod");
    assert_eq!(api.event(&event).await.status, StatusCode::OK);
}
