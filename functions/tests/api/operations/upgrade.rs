//! What a store is upgraded to, for whom, and what is recorded of it.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::{
    auth::principal::Role,
    operation::{End, OperationResult, Outcome, Upgraded, UpgradedPart},
    provisioning::{
        failure::{Cleanup, FailureCode},
        step::Step,
    },
    store::release::{Release, image::Image},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use testkit::fixture::failure;

use super::exclusive::{act, end, location, ready};
use crate::api::{Answer, Api, Call, assert_problem, token};

const TODAY: &str = "r.example/store:2";

fn by_digest() -> String {
    format!("r.example/store@sha256:{}", "a".repeat(64))
}

async fn upgrade(api: &Api, id: &str, by: &SecretString, body: &Value) -> Answer {
    api.answer(Call::new(Method::POST, &format!("/v1/stores/{id}/actions/upgrade")).by(by).with(body)).await
}

async fn announce(api: &Api, shop: &str) -> Release {
    let release = Release::of(Image::from_record(shop), Image::from_record("mysql:8.4"));
    api.fixture.table.announce_release(&release).await.unwrap();
    release
}

/// Ends the upgrade of the store to `image`, as a runner would.
async fn end_upgrade(api: &Api, id: &str, upgraded: Upgraded, release: Release) {
    let table = &api.fixture.table;
    let store = table.store(&id.to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let taken = table.acquire_lease(&store, "runner", api.now(), Duration::from_secs(30)).await.unwrap();
    let versions = upgraded.versions();
    let release = release.upgraded_to(upgraded.image.clone(), versions);
    let outcome = Outcome::Succeeded(OperationResult::Upgraded(upgraded));
    let ends = store.with_operation().unwrap().end(End { at: api.now(), outcome }).recording(Some(release));
    table.commit(&taken.claim, &ends, &[], api.now()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_owner_gets_what_new_stores_get_and_an_admin_may_name_another_image_by_its_digest() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let id = ready(&api, "Adas Shop", &ada).await;
    let shown = async || api.answer(Call::get("/v1/stores/adas-shop").by(&ada)).await.body;
    let unknown = upgrade(&api, &id, &ada, &json!({})).await;
    assert_problem(&unknown, StatusCode::CONFLICT, "conflict");
    assert!(
        unknown.body["detail"].as_str().unwrap().starts_with("No runner has said yet"),
        "{}",
        unknown.body
    );
    let release = announce(&api, TODAY).await;
    let named = upgrade(&api, &id, &ada, &json!({ "image": by_digest() })).await;
    assert_problem(&named, StatusCode::FORBIDDEN, "forbidden");

    let asked = upgrade(&api, &id, &ada, &json!({})).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.body);
    assert_eq!((&asked.body["action"], &asked.body["image"]), (&json!("upgrade"), &json!(TODAY)));
    assert_eq!(api.jobs().await.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), ["Upgrade"]);
    assert_eq!(shown().await["power"], "Upgrading");
    let part = |version: &str, before: &str, after: &str| {
        let (version, database_before, database_after) = (version.into(), before.into(), after.into());
        Some(UpgradedPart { version, database_before, database_after })
    };
    let upgraded = Upgraded {
        wordpress: part("7.1.3", "58975", "60717"),
        woocommerce: part("11.2.0", "10.5.0", "11.2.0"),
        ..Upgraded::to(Image::from_record(TODAY))
    };
    end_upgrade(&api, &id, upgraded, release).await;
    let upgraded = api.get(location(&asked)).await.body["result"]["upgraded"].clone();
    assert_eq!(
        upgraded["woocommerce"],
        json!({ "version": "11.2.0", "databaseBefore": "10.5.0", "databaseAfter": "11.2.0" })
    );
    let store = shown().await;
    assert_eq!((&store["power"], &store["release"]["store"]), (&json!("Running"), &json!(TODAY)));
    assert_eq!(store["release"]["versions"], json!({ "wordpress": "7.1.3", "woocommerce": "11.2.0" }));

    let again = upgrade(&api, &id, &ada, &json!({ "image": null })).await;
    assert_problem(&again, StatusCode::CONFLICT, "conflict");
    assert_eq!(again.body["detail"], "The shop runs that image already.");
    let other = upgrade(&api, &id, &api.admin, &json!({ "image": by_digest() })).await;
    assert_eq!((other.status, &other.body["image"]), (StatusCode::ACCEPTED, &json!(by_digest())));
    end(&api, &id, Outcome::cut_off()).await;
    assert_eq!(shown().await["power"], "Running", "it is as it was");
    let audited = api.get("/v1/audit?store=adas-shop").await.body;
    let actions: Vec<_> = audited["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["store.upgrade", "store.upgrade", "store.create"]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_image_that_may_be_another_one_tomorrow_is_refused_in_a_sentence() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    announce(&api, TODAY).await;
    for image in ["r.example/store:2", "store", "", "r.example/store@sha256:12", "a b@sha256:"] {
        let refused = upgrade(&api, &id, &api.admin, &json!({ "image": image })).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let error = &refused.body["errors"][0];
        assert_eq!(error["pointer"], "/image", "{image}");
        assert!(error["detail"].as_str().unwrap().starts_with("must be an image by its digest"), "{error}");
    }
    let empty = act(&api, &id, "upgrade").await;
    assert!(empty.status.is_client_error(), "{}", empty.body);
    assert!(api.jobs().await.is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_that_was_left_half_done_is_upgraded_again_by_a_retry_and_by_another_upgrade() {
    let api = Api::new().await;
    let id = ready(&api, "My Shop", &api.admin).await;
    announce(&api, TODAY).await;
    upgrade(&api, &id, &api.admin, &json!({})).await;
    api.jobs().await;
    let table = &api.fixture.table;
    let store = table.store(&id.clone().try_into().unwrap()).await.unwrap().unwrap();
    let taken = table.acquire_lease(&store, "runner", api.now(), Duration::from_secs(30)).await.unwrap();
    let mut half = failure(Step::UpgradeShop, Cleanup::Kept);
    half.code = FailureCode::UpgradeFailed;
    let cut_off = End { at: api.now(), outcome: Outcome::cut_off() };
    let fails = store.with_operation().unwrap().left_half_done(half, None, cut_off);
    table.commit(&taken.claim, &fails, &[], api.now()).await.unwrap();
    let failed = api.get("/v1/stores/my-shop").await.body;
    assert_eq!((&failed["status"], &failed["url"]), (&json!("Failed"), &Value::Null));
    let failure = &failed["failure"];
    assert_eq!((&failure["step"], &failure["code"]), (&json!("upgrade_shop"), &json!("upgrade_failed")));
    assert_eq!(failure["cleanup"]["state"], "kept");

    let retry = || {
        Call::new(Method::POST, "/v1/stores/my-shop/actions/retry")
            .by(&api.admin)
            .header("idempotency-key", "k")
    };
    let retried = api.answer(retry()).await;
    assert_eq!((retried.status, &retried.body["status"]), (StatusCode::ACCEPTED, &json!("Failed")));
    assert_eq!(api.jobs().await.iter().map(|job| job.kind().name()).collect::<Vec<_>>(), ["Upgrade"]);
    let operation = retried.body["operation"].as_str().unwrap();
    let running = api.get(&format!("/v1/stores/my-shop/operations/{operation}")).await.body;
    assert_eq!((&running["action"], &running["image"]), (&json!("upgrade"), &json!(TODAY)));
    let replayed = api.answer(retry()).await;
    assert_eq!((replayed.status, &replayed.body["operation"]), (StatusCode::ACCEPTED, &json!(operation)));
    end(&api, &id, Outcome::cut_off()).await;
    assert_eq!(api.get("/v1/stores/my-shop").await.body["status"], "Failed", "it stays as it was");

    let other = upgrade(&api, &id, &api.admin, &json!({ "image": by_digest() })).await;
    assert_eq!(other.status, StatusCode::ACCEPTED, "{}", other.body);
    let image = Image::from_record(by_digest());
    let release = Release::of(Image::from_record("store:1"), Image::from_record("mysql:8.4"));
    end_upgrade(&api, &id, Upgraded::to(image), release).await;
    let store = api.get("/v1/stores/my-shop").await.body;
    assert_eq!((&store["status"], &store["power"]), (&json!("Ready"), &json!("Running")));
    assert_eq!((&store["url"], &store["failure"]), (&json!("http://my-shop.example"), &Value::Null));
}
