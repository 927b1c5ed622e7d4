//! Lists, page by page.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    event::Event, fixture::new_store, status::Provisioning, step::Step, table::Taken, timestamp::Timestamp,
};
use serde_json::{Value, json};

use crate::api::{Answer, Api, assert_problem};

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_list_has_pages() {
    let api = Api::new().await;
    for name in ["First", "Second", "Third"] {
        api.create(name, &api.admin).await;
    }
    let ids = |answer: &Answer| {
        answer.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let first = api.get("/v1/stores?limit=2").await;
    assert_eq!(ids(&first), ["third", "second"]);
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = api.get(&format!("/v1/stores?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&second), &second.body["nextCursor"]), (vec![json!("first")], &Value::Null));

    let wrong = api.get("/v1/stores?limit=0&colour=red").await;
    assert_problem(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!(wrong.body["errors"][0]["parameter"], "limit");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_timeline_is_in_order_and_the_store_tells_its_step() {
    let api = Api::new().await;
    let store = new_store("root");
    let table = &api.fixture.table;
    table.create_store(&store, 10).await.unwrap();
    let now = Timestamp::now();
    let Taken { claim, .. } =
        table.take_lease(&store, "runner-1", now, Duration::from_secs(30)).await.unwrap();
    for step in [Step::CreateNamespace, Step::CreateNetworkPolicies] {
        let events =
            [Event::started(step, "begins"), Event::completed(step, "ends", Duration::from_millis(7))];
        table.commit(&claim, &Provisioning::new().begin(step), &events, now).await.unwrap();
    }
    let events = api.get(&format!("/v1/stores/{}/events", store.id)).await;
    let told: Vec<_> = events.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["step"].clone(), e["kind"].clone()))
        .collect();
    let expected = ["create_namespace", "create_network_policies"]
        .map(|step| [(json!(step), json!("step_started")), (json!(step), json!("step_completed"))]);
    assert_eq!(told, expected.concat());
    assert_eq!(events.body["items"][1]["durationMs"], 7);

    let shown = api.get(&format!("/v1/stores/{}", store.id)).await;
    assert_eq!(shown.body["step"], "create_network_policies");
    assert_eq!(shown.body["progress"]["completed"], 1);
}
