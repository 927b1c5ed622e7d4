//! Lists, page by page.

use std::{collections::BTreeSet, time::Duration};

use axum::http::{Method, StatusCode};
use domain::{
    auth::principal::Role,
    provisioning::{event::Event, step::Step},
    store::{
        release::{Release, image::Image},
        state::Provisioning,
    },
    table::LeasedStore,
    values::timestamp::Timestamp,
};
use serde_json::{Value, json};
use testkit::fixture::new_store;

use crate::api::{Answer, Api, Call, assert_problem, token};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_has_pages() {
    let api = Api::new().await;
    for name in ["First", "Second", "Third"] {
        api.create(name, &api.admin).await;
        api.pass(Duration::from_millis(1));
    }
    let ids = |answer: &Answer| {
        answer.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let first = api.get("/v1/stores?limit=2").await;
    assert_eq!(ids(&first), ["third", "second"]);
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = api.get(&format!("/v1/stores?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&second), &second.body["nextCursor"]), (vec![json!("first")], &Value::Null));

    let ada = token(&api.fixture, "ada", Role::Owner).await;
    let elsewhere = [
        (&api.admin, format!("/v1/stores?limit=2&status=Provisioning&cursor={cursor}")),
        (&api.admin, format!("/v1/stores/first/events?cursor={cursor}")),
        (&ada, format!("/v1/stores?limit=2&cursor={cursor}")),
        (&api.admin, format!("/v1/stores?limit=2&cursor={cursor}A")),
        (&api.admin, format!("/v1/stores?limit=2&cursor={cursor}&cursor={cursor}")),
    ];
    for (caller, path) in elsewhere {
        let refused = api.answer(Call::get(&path).by(caller)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(refused.body["errors"][0]["parameter"], "cursor", "{path}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_query_is_answered_with_every_parameter_that_is_wrong() {
    let api = Api::new().await;
    for (query, wrong) in [
        ("limit=0&colour=red", vec!["limit", "colour"]),
        ("limit=101&status=ready", vec!["status", "limit"]),
        ("status=Deleted&owner=a%23b", vec!["status", "owner"]),
        ("status=%FF&limit=%", vec!["status", "limit"]),
        ("status=Ready&status=Failed", vec!["status"]),
    ] {
        let answer = api.get(&format!("/v1/stores?{query}")).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        let errors = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| error["parameter"].as_str().unwrap()).collect();
        assert_eq!(named, wrong, "{query}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn stores_are_listed_by_status_and_by_owner() {
    let api = Api::new().await;
    let (ada, eve) =
        (token(&api.fixture, "ada", Role::Owner).await, token(&api.fixture, "eve", Role::Owner).await);
    for (name, owner) in [("Adas First", &ada), ("Adas Second", &ada), ("Eves First", &eve)] {
        api.create(name, owner).await;
        api.pass(Duration::from_millis(1));
    }
    api.call(Method::DELETE, "/v1/stores/adas-first", Some(&ada), None).await;
    for (caller, query, ids) in [
        (&api.admin, "status=Deleting", vec!["adas-first"]),
        (&api.admin, "owner=ada", vec!["adas-second", "adas-first"]),
        (&api.admin, "owner=ada&status=Provisioning", vec!["adas-second"]),
        (&api.admin, "owner=bob", vec![]),
        (&ada, "owner=ada", vec!["adas-second", "adas-first"]),
        (&eve, "status=Provisioning", vec!["eves-first"]),
    ] {
        let answer = api.answer(Call::get(&format!("/v1/stores?{query}")).by(caller)).await;
        let items = answer.body["items"].as_array().unwrap();
        let found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
    let others = api.answer(Call::get("/v1/stores?owner=ada").by(&eve)).await;
    assert_problem(&others, StatusCode::FORBIDDEN, "forbidden");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_store_says_what_it_is_made_of_and_who_is_behind_is_listed() {
    let api = Api::new().await;
    let table = &api.fixture.table;
    let [today, earlier] = ["store:2", "store:1"]
        .map(|shop| [shop, "mysql:8.4"].map(Image::from_record))
        .map(|[shop, database]| Release::of(shop, database));
    let made = async |release: Option<&Release>| {
        let (store, now) = (api.fixture.store().await, Timestamp::now());
        let LeasedStore { claim, .. } =
            table.acquire_lease(&store, "runner-1", now, Duration::from_secs(30)).await.unwrap();
        let ready = Provisioning::new().ready("http://shop.example".into(), now).recording(release.cloned());
        table.commit(&claim, &ready, &[], now).await.unwrap();
        store.id.to_string()
    };
    let listed = async |query: &str| {
        let answer = api.get(&format!("/v1/stores?{query}")).await;
        let items = answer.body["items"].as_array().unwrap();
        let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<_>>()
    };
    let (new, old, unknown) = (made(Some(&today)).await, made(Some(&earlier)).await, made(None).await);
    api.fixture.store().await;
    for query in ["outdated=true", "outdated=false"] {
        assert_eq!(listed(query).await, BTreeSet::new(), "no runner has said what new stores get");
    }
    table.announce_release(&today).await.unwrap();
    assert_eq!(listed("outdated=true").await, BTreeSet::from([old.clone(), unknown.clone()]));
    assert_eq!(listed("outdated=false&power=Running").await, BTreeSet::from([new]));
    assert_eq!(listed("outdated=true&status=Failed").await, BTreeSet::new());

    let shown = api.get(&format!("/v1/stores/{old}")).await;
    assert_eq!(shown.body["release"], json!({ "store": "store:1", "database": "mysql:8.4" }));
    assert_eq!(api.get(&format!("/v1/stores/{unknown}")).await.body["release"], Value::Null);
    let wrong = api.get("/v1/stores?outdated=yes").await;
    assert_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_timeline_is_in_order_and_the_store_tells_its_step() {
    let api = Api::new().await;
    let store = new_store("root");
    let table = &api.fixture.table;
    let store = api.fixture.create(&store).await;
    let now = Timestamp::now();
    let LeasedStore { claim, .. } =
        table.acquire_lease(&store, "runner-1", now, Duration::from_secs(30)).await.unwrap();
    for step in [Step::CreateNamespace, Step::CreateNetworkPolicies] {
        let events =
            [Event::started(step, "begins"), Event::completed(step, "ends", Duration::from_millis(7))];
        table.commit(&claim, &Provisioning::new().begin(step), &events, now).await.unwrap();
    }
    let events = api.get(&format!("/v1/stores/{}/events", store.id)).await;
    let recorded: Vec<_> = events.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["step"].clone(), e["kind"].clone()))
        .collect();
    let expected = ["create_namespace", "create_network_policies"]
        .map(|step| [(json!(step), json!("step_started")), (json!(step), json!("step_completed"))]);
    assert_eq!(recorded, expected.concat());
    assert_eq!(events.body["items"][1]["durationMs"], 7);

    let shown = api.get(&format!("/v1/stores/{}", store.id)).await;
    assert_eq!(shown.body["step"], "create_network_policies");
    assert_eq!(shown.body["progress"]["completed"], 1);
}
