//! Stores that are looked for: by the beginning of their id, by power and by health.

use std::time::Duration;

use axum::http::StatusCode;
use domain::{
    auth::principal::Role,
    health::{Assessment, AssessmentCounts, Health, HealthChange, Omitted},
    operation::{End, ExclusiveRequest, Guard, OperationResult, Outcome},
    store::{counts::StoreCounts, power::Power, slug::Slug},
    table::HealthSweepLease,
};
use functions::config::Settings;
use secrecy::SecretString;
use testkit::{
    fixture::{Fixture, named_store},
    meter::Meter,
};

use crate::{
    api::{Api, Call, assert_problem, often, token},
    samples::{ready, take},
};

/// The ids of all pages of a list, and how many pages those were.
async fn found(api: &Api, by: &SecretString, query: &str) -> (Vec<String>, usize) {
    let (mut ids, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = api.answer(Call::get("/v1/stores").asking(&format!("{query}{cursor}")).by(by)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        ids.extend(
            answer.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|store| store["id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        match answer.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (ids, pages),
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn over_300_stores_the_beginning_of_an_id_finds_each_once_and_an_owner_their_own() {
    let api = Api::new().await;
    let ada = token(&api.fixture, "ada", Role::Owner).await;
    for each in 0..300 {
        let (kind, owner) = if each % 10 == 0 { ("rare", "ada") } else { ("usual", "bob") };
        api.fixture.create(&named_store(&format!("{kind} {each:03}"), owner)).await;
    }
    let (rare, pages) = found(&api, &api.admin, "prefix=rare-&limit=20").await;
    assert_eq!(rare.len(), 30);
    assert!(rare.iter().all(|id| id.starts_with("rare-")) && pages <= 4, "{pages} {rare:?}");
    assert!(rare.windows(2).all(|pair| pair[0] > pair[1]), "the newest first, and each once: {rare:?}");
    assert_eq!(found(&api, &ada, "prefix=rare-00&limit=20").await.0, ["rare-000"]);
    assert_eq!(found(&api, &ada, "prefix=usual").await.0, Vec::<String>::new());
    assert_eq!(found(&api, &api.admin, "limit=100").await.0.len(), 300);
    let limit = found(&api, &api.admin, "prefix=usual&owner=bob&status=Provisioning&limit=100").await;
    assert_eq!(limit.0.len(), 270);

    for query in ["prefix=", "prefix=A", "prefix=a%23", "power=On", "health=Unknown"] {
        let answer = api.answer(Call::get("/v1/stores").asking(query).by(&ada)).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn stores_are_found_by_power_and_by_how_a_sweep_saw_them() {
    let api = Api::new().await;
    for id in ["up", "asleep", "ill", "new"] {
        api.create(&format!("Shop {id}"), &api.admin).await;
    }
    for id in ["shop-up", "shop-asleep", "shop-ill"] {
        ready(&api, id).await;
    }
    let table = &api.fixture.table;
    let store = async |id| table.store(&Slug::parse(id).unwrap()).await.unwrap().unwrap();
    let taken =
        table.claim_health_sweep("runner", api.now(), Duration::from_secs(60), Duration::from_secs(30));
    let HealthSweepLease::Claimed(claim) = taken.await.unwrap() else { panic!("nobody has it") };
    let finds = async |id, assessment| {
        let (store, now) = (store(id).await, api.now());
        let health = Health {
            assessment,
            reasons: vec!["A reason.".into()],
            pods: Vec::new(),
            volumes: Vec::new(),
            quota: Vec::new(),
            page_failure: None,
            mail: None,
            omitted: Omitted::default(),
        };
        let before = table.health(&store.id, store.uid).await.unwrap();
        let of = (&store.id, store.uid, store.owner.as_str());
        let change = HealthChange::between(before.as_ref(), health, of, now).unwrap();
        assert!(table.record_health(&claim, &[change]).await.unwrap().is_empty());
        let (seen, counts) = (AssessmentCounts::default(), StoreCounts::default());
        table.end_health_sweep(&claim, now, (&seen, &counts), now).await.unwrap();
    };
    finds("shop-ill", Assessment::Degraded).await;
    finds("shop-asleep", Assessment::Down).await;
    api.fixture
        .request_operation(&store("shop-asleep").await, ExclusiveRequest::Hibernate { guard: Guard::None })
        .await;
    let end = End {
        at: api.now(),
        outcome: Outcome::Succeeded(OperationResult::PowerChanged { power: Power::Hibernated }),
    };
    let ends = store("shop-asleep").await.with_operation().unwrap().end(end);
    table.commit(&take(&api, "shop-asleep").await, &ends, &[], api.now()).await.unwrap();

    // Made in one moment, they have no order among themselves.
    let found = async |query| {
        let mut ids = found(&api, &api.admin, query).await.0;
        ids.sort();
        ids
    };
    assert_eq!(found("power=Hibernated").await, ["shop-asleep"]);
    assert_eq!(found("power=Running").await, ["shop-ill", "shop-up"]);
    assert_eq!(found("health=Degraded").await, ["shop-ill"]);
    assert_eq!(found("health=Down").await, Vec::<String>::new(), "a store that is stopped has no outage");
    assert_eq!(found("health=Healthy").await, ["shop-up"]);
    assert_eq!(found("health=Degraded&power=Running&status=Ready&prefix=shop-i").await, ["shop-ill"]);
    finds("shop-ill", Assessment::Healthy).await;
    assert_eq!(found("health=Healthy").await, ["shop-ill", "shop-up"]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_page_costs_what_it_shows_and_a_search_what_it_looks_at_however_many_stores_there_are() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let settings = Settings { rates: often(), ..Settings::default() };
    let queue = fixture.queue.clone();
    let api = Api::over(fixture, queue, settings).await;
    let more = async |names: std::ops::Range<u32>| {
        for each in names {
            api.fixture.create(&named_store(&format!("Shop {each:04}"), "ada")).await;
        }
    };
    let cost = async |path: &str, query: &str| {
        let _ = meter.take();
        let answer = api.answer(Call::get(path).asking(query).by(&api.admin)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        meter.take().read
    };
    more(0..250).await;
    // The function looks the token up once.
    cost("/v1/summary", "").await;
    let page = cost("/v1/stores", "limit=50").await;
    let search = cost("/v1/stores", "limit=50&prefix=none").await;
    more(250..400).await;
    assert!((cost("/v1/stores", "limit=50").await - page).abs() <= 0.5);
    assert!((cost("/v1/stores", "limit=50&prefix=none").await - search).abs() <= 0.5);
    let (summary, attention) = (cost("/v1/summary", "").await, cost("/v1/attention", "muted=true").await);
    println!("read units: {page} a page of 50 stores, {search} a search through 200, {summary} the summary");
    println!("read units of what needs attention, with 400 stores under way: {attention}");
    assert!(summary <= 1.0, "{summary}");
}
