//! Cursors that somebody makes up. Nothing of them is secret: they gain nothing.

use std::{collections::BTreeSet, fmt::Display, time::Duration};

use axum::http::{Method, StatusCode};
use domain::auth::{
    principal::{Principal, Role},
    principal_name::PrincipalName,
};
use functions::request::cursor::{Scope, write};
use secrecy::SecretString;
use serde_json::Value;

use crate::api::{Answer, Api, Call, assert_problem, token};

/// An API with stores of ada and of eve, taking turns, the token of ada, and all that was made, as admins see it.
async fn two_owners() -> (Api, SecretString, Vec<Value>) {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let eve = token(&api.fixture, "eve", Role::Owner).await;
    for (name, owner) in
        [("Adas First", &ada), ("Eves First", &eve), ("Adas Second", &ada), ("Eves Second", &eve)]
    {
        assert_eq!(api.create(name, owner).await.status, StatusCode::ACCEPTED);
        api.pass(Duration::from_millis(5));
    }
    let stores = api.get("/v1/stores").await.body["items"].as_array().unwrap().clone();
    (api, ada, stores)
}

/// The list `list` as ada sees it.
fn of_ada(list: &str) -> Scope {
    Scope::of(list, &Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Owner })
}

fn milliseconds(store: &Value) -> i64 {
    store["createdAt"]
        .as_str()
        .unwrap()
        .parse::<domain::values::timestamp::Timestamp>()
        .unwrap()
        .as_milliseconds()
}

/// What ada is answered to a made-up cursor, whose checksum is right.
async fn forged(api: &Api, ada: &SecretString, path: &str, scope: &Scope, place: impl Display) -> Answer {
    let join = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{join}cursor={}", write(scope, place));
    api.answer(Call::new(Method::GET, &path).by(ada)).await
}

fn ids(answer: &Answer, name: &str) -> BTreeSet<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_place_of_somebody_elses_store_is_a_place_among_ones_own() {
    let (api, ada, stores) = two_owners().await;
    let own = BTreeSet::from(["adas-first", "adas-second"].map(String::from));
    for store in &stores {
        let place = format!("{}.{}", milliseconds(store), store["id"].as_str().unwrap());
        for (path, scope) in [
            ("/v1/stores", of_ada("stores")),
            ("/v1/stores?owner=ada", of_ada("stores").filtered("owner", Some("ada"))),
            ("/v1/stores?status=Provisioning", of_ada("stores").filtered("status", Some("Provisioning"))),
        ] {
            let answer = forged(&api, &ada, path, &scope, &place).await;
            assert!(ids(&answer, "id").is_subset(&own), "{path} {place}: {}", answer.body);
        }
    }
    let from_the_newest = forged(&api, &ada, "/v1/stores", &of_ada("stores"), "4102444800000.zzz").await;
    assert_eq!(ids(&from_the_newest, "id"), own);
    let of_eve = of_ada("stores").filtered("owner", Some("eve"));
    let refused = forged(&api, &ada, "/v1/stores?owner=eve", &of_eve, "4102444800000.zzz").await;
    assert_problem(&refused, StatusCode::FORBIDDEN, "forbidden");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_place_in_the_trail_of_others_shows_nothing_of_it() {
    let (api, ada, stores) = two_owners().await;
    let entries = api.get("/v1/audit").await.body["items"].as_array().unwrap().clone();
    let own = BTreeSet::from(["ada".to_owned()]);
    for store in &stores {
        let (id, uid) = (store["id"].as_str().unwrap(), store["uid"].as_str().unwrap());
        let key = format!("STORE#{id} AUDIT#{uid}#1");
        for at in [milliseconds(store), milliseconds(store) + 1, 4_102_444_800_000] {
            let answer = forged(&api, &ada, "/v1/audit", &of_ada("audit"), format!("{at} {key}")).await;
            assert!(ids(&answer, "owner").is_subset(&own), "{key}: {}", answer.body);
        }
        // The trail of one store of hers is read in its own partition, of its own incarnation only.
        let scope = of_ada("audit").filtered("store", Some("adas-first"));
        let answer = forged(
            &api,
            &ada,
            "/v1/audit?store=adas-first",
            &scope,
            format!("{} {key}", milliseconds(store)),
        )
        .await;
        if id == "adas-first" {
            assert!(ids(&answer, "owner").is_subset(&own));
        } else {
            assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        }
    }
    assert!(entries.len() > stores.len(), "tokens are in the trail too");
    let first = stores.iter().find(|store| store["id"] == "adas-first").unwrap();
    let scope = of_ada("audit").filtered("store", Some("adas-first"));
    let other_uid = "01980a3c-5e5b-7d31-8a4b-3f1c4f7e9a10";
    for place in [
        format!("0 STORE#adas-first AUDIT#{other_uid}#1"),
        format!("0 STORE#adas-first EVENT#{}#1", first["uid"].as_str().unwrap()),
        "0 STORE#adas-first STORE".into(),
        "2026-11".into(),
    ] {
        let answer = forged(&api, &ada, "/v1/audit?store=adas-first", &scope, &place).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(answer.body["errors"][0]["parameter"], "cursor", "{place}");
    }
    for month in ["9999-12", "2026-11", "0001-01"] {
        let answer = forged(&api, &ada, "/v1/audit", &of_ada("audit"), month).await;
        assert!([StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status), "{month}");
        if answer.status == StatusCode::OK {
            assert!(ids(&answer, "owner").is_subset(&own), "{month}: {}", answer.body);
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_timeline_and_its_operations_are_read_of_the_store_in_the_path_alone() {
    let (api, ada, stores) = two_owners().await;
    let uid = |id: &str| stores.iter().find(|store| store["id"] == id).unwrap()["uid"].as_str().unwrap();
    let of_eve = uid("eves-first");
    for list in ["events", "operations"] {
        let path = format!("/v1/stores/adas-first/{list}");
        for place in [of_eve, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
        {
            let scope = of_ada(list).filtered("uid", Some(uid("adas-first")));
            assert_eq!(forged(&api, &ada, &path, &scope, place).await.status, StatusCode::OK);
            // Another incarnation, or another store, is another list.
            let scope = of_ada(list).filtered("uid", Some(of_eve));
            let refused = forged(&api, &ada, &path, &scope, place).await;
            assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        }
        let theirs = format!("/v1/stores/eves-first/{list}");
        let scope = of_ada(list).filtered("uid", Some(of_eve));
        let refused = forged(&api, &ada, &theirs, &scope, of_eve).await;
        assert_problem(&refused, StatusCode::NOT_FOUND, "no-such-store");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn an_admins_list_is_no_owners_whatever_cursor_is_sent() {
    let (api, ada, stores) = two_owners().await;
    let as_admin = Principal { name: PrincipalName::parse("ada").unwrap(), role: Role::Admin };
    let place = format!("{}.{}", milliseconds(&stores[0]), stores[0]["id"].as_str().unwrap());
    let of_admins = forged(&api, &ada, "/v1/stores", &Scope::of("stores", &as_admin), place).await;
    assert_problem(&of_admins, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let tokens = forged(&api, &ada, "/v1/tokens", &of_ada("tokens"), "4102444800000.0123456789abcdef").await;
    assert_problem(&tokens, StatusCode::FORBIDDEN, "forbidden");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_no_place_is_refused_by_the_parameters_name_and_never_a_fault_of_the_platform() {
    let (api, ada, _) = two_owners().await;
    for place in [
        "",
        "x",
        "1",
        "0 a b",
        "0  AUDIT#x",
        "0 STORE#a EVENT#x",
        "2026-13",
        "99999999999999999999 a AUDIT#b",
    ] {
        for (path, list) in [("/v1/stores", "stores"), ("/v1/audit", "audit")] {
            let answer = forged(&api, &ada, path, &of_ada(list), place).await;
            assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
            assert_eq!(answer.body["errors"][0]["parameter"], "cursor", "{path} {place:?}");
        }
    }
    let long = format!("0 {} AUDIT#{}", "a".repeat(300), "b".repeat(400));
    let answer = forged(&api, &ada, "/v1/audit", &of_ada("audit"), long).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
