//! Who calls: tokens, and claims that API Gateway has checked.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::{
    auth::{
        principal::{Principal, Role},
        principal_name::PrincipalName,
        token::Token,
    },
    values::timestamp::Timestamp,
};
use functions::{auth::claims::ClaimSettings, config::Settings};
use serde_json::{Value, json};
use testkit::fixture::Fixture;

use crate::api::{Api, Call, assert_problem, issue, keep, often, operator};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_revocation_counts_after_the_time_that_look_ups_are_remembered() {
    let api = Api::new().await;
    let (token, text) = issue("ada", Role::Owner);
    keep(&api.fixture, token.clone()).await;
    let status = || async { api.answer(Call::get("/v1/stores").by(&text)).await.status };
    assert_eq!(status().await, StatusCode::OK);
    api.fixture.table.revoke_token(&token.id, &operator(), Timestamp::now()).await.unwrap();
    api.pass(Duration::from_millis(29_999));
    assert_eq!(status().await, StatusCode::OK);
    api.pass(Duration::from_millis(1));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_token_ends_to_the_millisecond_although_it_is_remembered() {
    let api = Api::new().await;
    let principal = Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner };
    let end = api.now().plus(Duration::from_secs(2));
    let (token, text) = Token::issue(principal, Timestamp::now(), Some(end)).unwrap();
    keep(&api.fixture, token).await;
    let status = || async { api.answer(Call::get("/v1/stores").by(&text)).await.status };
    assert_eq!(status().await, StatusCode::OK);
    api.pass(Duration::from_millis(1999));
    assert_eq!(status().await, StatusCode::OK);
    api.pass(Duration::from_millis(1));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

async fn api_with_claims() -> Api {
    let claims = ClaimSettings {
        principal_claim: "email".into(),
        role_claim: "groups".into(),
        admin_value: "shop-admins".into(),
        owner_value: "shop-owners".into(),
    };
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    Api::over(fixture, queue, Settings { claims: Some(claims), rates: often(), ..Settings::default() }).await
}

fn claims(email: &str, groups: &str) -> Value {
    json!({ "email": email, "groups": groups, "sub": "f00d" })
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn checked_claims_say_who_calls() {
    let api = api_with_claims().await;
    let (ada, eve) = (claims("ada@example.com", "[shop-owners]"), claims("eve@example.com", "shop-owners"));
    let body = json!({ "name": "Adas Shop", "adminEmail": "ada@example.com" });
    // What the authorizer has checked is still in the request.
    let create = Call::new(Method::POST, "/v1/stores").with(&body).claiming(ada.clone());
    let created = api.answer(create.header("authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln")).await;
    assert_eq!((created.status, &created.body["owner"]), (StatusCode::ACCEPTED, &json!("ada@example.com")));
    let show = |claims| api.answer(Call::get("/v1/stores/adas-shop").claiming(claims));
    assert_eq!(show(ada).await.status, StatusCode::OK);
    assert_problem(&show(eve).await, StatusCode::NOT_FOUND, "no-such-store");
    for groups in [json!("shop-admins"), json!("[shop-admins]"), json!(["support", "shop-admins"])] {
        let admin = json!({ "email": "root@example.com", "groups": groups });
        assert_eq!(show(admin).await.status, StatusCode::OK, "{groups}");
    }
    for nobody in [claims("ada@example.com", "[support]"), json!({ "email": "ada@example.com" }), json!({})] {
        assert_problem(&show(nobody).await, StatusCode::FORBIDDEN, "forbidden");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_that_may_be_another_one_makes_nobody_an_admin_or_owner_and_says_why() {
    let api = api_with_claims().await;
    for groups in ["[not shop-admins]", "[shop-admins support]", "[not shop-owners]", "[shop-owners\tx]"] {
        for call in [Call::get("/v1/stores"), Call::get("/v1/tokens")] {
            let answer = api.answer(call.claiming(claims("eve@example.com", groups))).await;
            assert_problem(&answer, StatusCode::FORBIDDEN, "forbidden");
            let detail = answer.body["detail"].as_str().unwrap();
            assert!(detail.contains("\"groups\"") && detail.contains("operators"), "{detail}");
        }
        let body = json!({ "name": "Eves Shop", "adminEmail": "eve@example.com" });
        let create = Call::new(Method::POST, "/v1/stores").with(&body);
        let answer = api.answer(create.claiming(claims("eve@example.com", groups))).await;
        assert_problem(&answer, StatusCode::FORBIDDEN, "forbidden");
    }
    assert_eq!(api.fixture.table.platform_count().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn claims_beside_a_token_are_refused_and_tokens_alone_go_on() {
    let api = api_with_claims().await;
    let both = Call::get("/v1/stores").by(&api.admin).claiming(claims("ada@example.com", "shop-owners"));
    assert_problem(&api.answer(both).await, StatusCode::BAD_REQUEST, "malformed");
    assert_eq!(api.get("/v1/stores").await.status, StatusCode::OK);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn claims_count_for_nothing_unless_operators_said_what_they_mean() {
    let api = Api::new().await;
    let claims = json!({ "email": "root@example.com", "groups": "shop-admins", "role": "admin" });
    let alone = api.answer(Call::get("/v1/stores").claiming(claims.clone())).await;
    assert_problem(&alone, StatusCode::UNAUTHORIZED, "unauthenticated");
    let beside = api.answer(Call::get("/v1/stores").by(&api.admin).claiming(claims)).await;
    assert_eq!(beside.status, StatusCode::OK);
}
