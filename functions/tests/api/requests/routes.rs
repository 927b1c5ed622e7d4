//! What holds for each route there is, whoever adds one.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode, header};
use domain::auth::principal::Role;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::api::{Answer, Api, Call, assert_problem, issue, keep, token};

/// Whom a route is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Whoever calls.
    All,
    /// Every caller, who sees and makes only what is their own.
    Callers,
    /// The owner of the store in the path, and admins.
    TheStoresOwner,
    /// The owner of the stores that the webhook in the path hears of, and admins: see `webhooks.rs`.
    TheWebhooksOwner,
    /// Admins.
    Admins,
}

/// All routes. Each that the API has must be here, and no other.
const ROUTES: [(&str, &str, For); 41] = [
    ("GET", "/healthz", For::All),
    ("GET", "/v1/openapi.json", For::All),
    ("GET", "/v1/attention", For::Callers),
    ("GET", "/v1/audit", For::Callers),
    ("GET", "/v1/stores", For::Callers),
    ("POST", "/v1/stores", For::Callers),
    ("GET", "/v1/stores/{id}", For::TheStoresOwner),
    ("DELETE", "/v1/stores/{id}", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/hibernate", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/logs", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/mute", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/reset-password", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/restart", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/resume", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/retry", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/reveal-credentials", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/suspend", For::Admins),
    ("POST", "/v1/stores/{id}/actions/unmute", For::TheStoresOwner),
    ("POST", "/v1/stores/{id}/actions/unsuspend", For::Admins),
    ("POST", "/v1/stores/{id}/actions/upgrade", For::TheStoresOwner),
    ("GET", "/v1/stores/{id}/events", For::TheStoresOwner),
    ("GET", "/v1/stores/{id}/health", For::TheStoresOwner),
    ("GET", "/v1/stores/{id}/operations", For::TheStoresOwner),
    ("GET", "/v1/stores/{id}/operations/{operation}", For::TheStoresOwner),
    ("GET", "/v1/summary", For::Callers),
    ("GET", "/v1/webhooks", For::Callers),
    ("POST", "/v1/webhooks", For::Callers),
    ("GET", "/v1/webhooks/{id}", For::TheWebhooksOwner),
    ("PATCH", "/v1/webhooks/{id}", For::TheWebhooksOwner),
    ("DELETE", "/v1/webhooks/{id}", For::TheWebhooksOwner),
    ("POST", "/v1/webhooks/{id}/actions/test", For::TheWebhooksOwner),
    ("POST", "/v1/webhooks/{id}/actions/rotate-secret", For::TheWebhooksOwner),
    ("POST", "/v1/webhooks/{id}/actions/enable", For::TheWebhooksOwner),
    ("POST", "/v1/webhooks/{id}/actions/replay", For::TheWebhooksOwner),
    ("GET", "/v1/webhooks/{id}/deliveries", For::TheWebhooksOwner),
    ("GET", "/v1/webhooks/{id}/deliveries/{delivery}", For::TheWebhooksOwner),
    ("POST", "/v1/webhooks/{id}/deliveries/{delivery}/actions/retry", For::TheWebhooksOwner),
    ("GET", "/v1/tokens", For::Admins),
    ("POST", "/v1/tokens", For::Admins),
    ("GET", "/v1/tokens/{id}", For::Admins),
    ("DELETE", "/v1/tokens/{id}", For::Admins),
];

/// Each route with its path made real for the store `id`.
fn routes(id: &str) -> impl Iterator<Item = (Method, String, For)> {
    ROUTES
        .into_iter()
        .map(move |(method, path, access)| (method.parse().unwrap(), path.replace("{id}", id), access))
}

/// Each route with its path made real, for a store or a token that is there, and the id of that.
pub(crate) fn real_paths(store: &str, token: &str) -> impl Iterator<Item = (Method, String, String)> {
    ROUTES.into_iter().map(move |(method, path, _)| {
        let id = if path.starts_with("/v1/tokens") { token } else { store };
        (method.parse().unwrap(), path.replace("{id}", id), id.to_owned())
    })
}

#[test]
fn every_route_says_whom_it_is_for() {
    let routed = functions::router::PATHS.iter().flat_map(|(path, methods)| {
        methods.split(", ").filter(|method| *method != "HEAD").map(move |method| (method, path.as_str()))
    });
    let listed: BTreeSet<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(listed, routed.collect());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn nobody_gets_in_without_a_good_token() {
    let api = Api::new().await;
    let (_, unknown) = issue("eve", Role::Admin);
    let mut cut = api.admin.expose_secret().to_owned();
    cut.pop();
    let guess = api.admin_id_with_other_secret();
    let authorizations = [unknown.expose_secret(), &cut, guess.expose_secret(), "swt_x_y", ""]
        .map(|token| Some(format!("Bearer {token}")))
        .into_iter()
        .chain([None, Some("Basic cm9vdDpyb290".into()), Some(api.admin.expose_secret().into())]);
    for authorization in authorizations {
        for (method, path, access) in routes("a") {
            let mut call = Call::new(method.clone(), &path);
            if let Some(authorization) = &authorization {
                call = call.header("authorization", authorization);
            }
            let answer = api.answer(call).await;
            if access == For::All {
                assert_eq!(answer.status, StatusCode::OK, "{method} {path}");
            } else {
                assert_problem(&answer, StatusCode::UNAUTHORIZED, "unauthenticated");
                let error = if authorization.is_some() { ", error=\"invalid_token\"" } else { "" };
                let challenge = format!("Bearer realm=\"shopwright\"{error}");
                assert_eq!(answer.headers[header::WWW_AUTHENTICATE], challenge, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn somebody_elses_store_is_not_there() {
    let api = Api::new().await;
    let (ada, eve) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "eve", Role::Owner).await);
    api.create("Adas Shop", &ada).await;
    for (theirs, nowhere) in routes("adas-shop").zip(routes("nobodys-shop")) {
        let (method, path, access) = theirs;
        if access != For::TheStoresOwner {
            continue;
        }
        let theirs = api.answer(Call::new(method.clone(), &path).by(&eve)).await;
        assert_problem(&theirs, StatusCode::NOT_FOUND, "no-such-store");
        let nowhere = api.answer(Call::new(method.clone(), &nowhere.1).by(&eve)).await;
        let text = |answer: &Answer| {
            let id = answer.body["requestId"].as_str().unwrap();
            answer.body.to_string().replace(id, "").replace("nobodys", "adas")
        };
        assert_eq!(text(&theirs), text(&nowhere), "{method} {path} tells them apart");
    }
    let seen = |token: SecretString| {
        let api = &api;
        async move { api.answer(Call::get("/v1/stores").by(&token)).await.body["items"].clone() }
    };
    assert_eq!(seen(eve).await, json!([]));
    assert_eq!(seen(ada).await.as_array().unwrap().len(), 1);
    let stores = seen(api.admin.clone()).await;
    assert_eq!(stores[0]["status"], "Provisioning", "nothing that eve asked for was done");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_for_admins_is_forbidden_to_owners_whether_it_is_there_or_not() {
    let api = Api::new().await;
    let (known, text) = issue("ada", Role::Owner);
    keep(&api.fixture, known.clone()).await;
    for id in [known.id.to_string(), "0123456789abcdef".into(), "nothing".into()] {
        for (method, path, access) in routes(&id) {
            if access == For::Admins {
                let answer = api.answer(Call::new(method, &path).by(&text)).await;
                assert_problem(&answer, StatusCode::FORBIDDEN, "forbidden");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn every_route_that_changes_something_is_limited_and_no_other() {
    let api = Api::new().await;
    for (method, path, _) in routes("nobodys-shop") {
        let answer = api.answer(Call::new(method.clone(), &path).by(&api.admin)).await;
        let limited = answer.headers.contains_key("ratelimit");
        assert_eq!(limited, method != Method::GET, "{method} {path}");
    }
}
