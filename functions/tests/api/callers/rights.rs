//! The rights of the functions' roles. All tests of the API run under them.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::auth::principal::Role;
use serde_json::json;

use crate::{
    api::{Api, Call, token},
    samples::fail,
};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn no_function_has_a_right_that_it_does_not_use() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let body = json!({ "name": "My Shop", "adminEmail": "owner@example.com" });
    for _ in 0..2 {
        let create =
            Call::new(Method::POST, "/v1/stores").by(&ada).header("idempotency-key", "k").with(&body);
        assert_eq!(api.answer(create).await.status, StatusCode::ACCEPTED);
    }
    for path in [
        "/v1/stores",
        "/v1/stores/my-shop",
        "/v1/stores/my-shop/events",
        "/v1/attention",
        "/v1/audit",
        "/v1/audit?store=my-shop",
    ] {
        for caller in [&ada, &api.admin] {
            assert_eq!(api.answer(Call::get(path).by(caller)).await.status, StatusCode::OK, "{path}");
        }
    }
    fail(&api, "my-shop").await;
    let mute = json!({ "until": api.now().plus(Duration::from_secs(60)), "reason": "known" });
    let mute = Call::new(Method::POST, "/v1/stores/my-shop/actions/mute").by(&ada).with(&mute);
    assert_eq!(api.answer(mute).await.status, StatusCode::OK);
    assert_eq!(api.get("/v1/attention?muted=true").await.body["items"][0]["store"], "my-shop");
    assert_eq!(api.get("/v1/tokens").await.status, StatusCode::OK);
    let guess = api.admin_id_with_other_secret();
    assert_eq!(api.answer(Call::get("/v1/stores").by(&guess)).await.status, StatusCode::UNAUTHORIZED);
    for caller in [&ada, &api.admin] {
        let hook = json!({ "url": "https://example.com/", "events": ["*"] });
        let made = api.call(Method::POST, "/v1/webhooks", Some(caller), Some(hook)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let actions = format!("/v1/webhooks/{}/actions", made.body["id"].as_str().unwrap());
        let test = api.call(Method::POST, &format!("{actions}/test"), Some(caller), None).await;
        assert_eq!(test.status, StatusCode::ACCEPTED, "{}", test.body);
        let since = json!({ "since": "2026-01-31T09:30:00Z" });
        let replay = api.call(Method::POST, &format!("{actions}/replay"), Some(caller), Some(since)).await;
        assert_eq!(replay.status, StatusCode::OK, "{}", replay.body);
        let deliveries = format!("/v1/webhooks/{}/deliveries", made.body["id"].as_str().unwrap());
        assert_eq!(api.answer(Call::get(&deliveries).by(caller)).await.status, StatusCode::OK);
    }
    let delete = Call::new(Method::DELETE, "/v1/stores/my-shop").by(&ada);
    assert_eq!(api.answer(delete).await.status, StatusCode::ACCEPTED);
    for rights in &api.rights {
        assert_eq!(rights.unused(), [], "{}", rights.holder);
    }
}
