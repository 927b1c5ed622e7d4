//! `/v1/audit`.

use axum::http::{Method, StatusCode};
use domain::auth::principal::Role;
use serde_json::{Value, json};

use crate::api::{Api, Call, assert_problem, token};

/// What was done to which store, by whom and from where.
fn recorded(body: &Value) -> Vec<[String; 4]> {
    let items = body["items"].as_array().unwrap();
    let of_stores = items.iter().filter(|item| !item["store"].is_null());
    of_stores
        .map(|item| {
            ["action", "store", "principal", "address"].map(|name| item[name].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_trail_tells_who_did_what_from_where_and_owners_see_their_own() {
    let api = Api::new().await;
    let (ada, eve) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "eve", Role::Owner).await);
    let body = |name: &str| json!({ "name": name, "adminEmail": "owner@example.com" });
    for (name, by, address) in [("Adas Shop", &ada, "192.0.2.7"), ("Eves Shop", &eve, "2001:db8::7")] {
        let call = Call::new(Method::POST, "/v1/stores").by(by).from(address).with(&body(name));
        // No header of the caller's own makes it another address.
        api.answer(call.header("x-forwarded-for", "198.51.100.1")).await;
        api.pass(std::time::Duration::from_millis(1));
    }
    let deletion = Call::new(Method::DELETE, "/v1/stores/adas-shop").by(&api.admin).from("203.0.113.9");
    let request_id = api.answer(deletion).await.headers["x-request-id"].to_str().unwrap().to_owned();

    let all = api.get("/v1/audit").await;
    let of_ada = [
        ["store.delete", "adas-shop", "root", "203.0.113.9"],
        ["store.create", "adas-shop", "ada", "192.0.2.7"],
    ];
    let of_eve = [["store.create", "eves-shop", "eve", "2001:db8::7"]];
    assert_eq!(recorded(&all.body), [of_ada[0], of_eve[0], of_ada[1]]);
    let of_stores = |item: &&Value| !item["store"].is_null();
    let newest = all.body["items"].as_array().unwrap().iter().find(of_stores).unwrap();
    assert_eq!(newest["requestId"], request_id);
    let audit = |query: &str, by| api.answer(Call::get(&format!("/v1/audit{query}")).by(by));
    assert_eq!(recorded(&audit("", &ada).await.body), of_ada);
    assert_eq!(recorded(&audit("", &eve).await.body), of_eve);
    assert_eq!(recorded(&audit("?store=adas-shop", &ada).await.body), of_ada);
    assert_eq!(recorded(&audit("?store=adas-shop", &api.admin).await.body), of_ada);
    for (query, by) in [("?store=adas-shop", &eve), ("?store=no-shop", &eve), ("?store=no-shop", &api.admin)]
    {
        assert_problem(&audit(query, by).await, StatusCode::NOT_FOUND, "no-such-store");
    }
    let wrong = audit("?store=No%20Shop&month=1", &ada).await;
    assert_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_trail_has_pages_whose_cursors_are_good_for_one_caller() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    for name in ["First", "Second", "Third"] {
        api.create(name, &ada).await;
        api.pass(std::time::Duration::from_millis(1));
    }
    let mut found = Vec::new();
    let mut path = "/v1/audit?limit=2".to_owned();
    loop {
        let page = api.answer(Call::get(&path).by(&ada)).await;
        found.extend(recorded(&page.body).into_iter().map(|[_, store, ..]| store));
        let Some(cursor) = page.body["nextCursor"].as_str() else { break };
        path = format!("/v1/audit?limit=2&cursor={cursor}");
        let other = api.get(&path).await;
        assert_problem(&other, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    }
    assert_eq!(found, ["third", "second", "first"]);
}
