//! The rights of the functions' roles. All tests of the API run under them.

use axum::http::{Method, StatusCode};
use domain::auth::principal::Role;
use serde_json::json;

use crate::api::{Api, Call, token};

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
        "/v1/audit",
        "/v1/audit?store=my-shop",
    ] {
        for caller in [&ada, &api.admin] {
            assert_eq!(api.answer(Call::get(path).by(caller)).await.status, StatusCode::OK, "{path}");
        }
    }
    assert_eq!(api.get("/v1/tokens").await.status, StatusCode::OK);
    let guess = api.admin_id_with_other_secret();
    assert_eq!(api.answer(Call::get("/v1/stores").by(&guess)).await.status, StatusCode::UNAUTHORIZED);
    let delete = Call::new(Method::DELETE, "/v1/stores/my-shop").by(&ada);
    assert_eq!(api.answer(delete).await.status, StatusCode::ACCEPTED);
    for rights in &api.rights {
        assert_eq!(rights.unused(), [], "{}", rights.holder);
    }
}
