//! What is delivered, how often, and until when.

use std::{net::SocketAddr, time::Duration};

use domain::{
    audit::WebhookAction,
    table::EndpointChange,
    webhook::{
        delivery::DeliveryState,
        endpoint::{DisabledReason, Endpoint, EndpointState, Reception},
        event_type::EventType,
        retry::PAUSES,
    },
};
use functions::webhooks::deliver::Outcome;
use serde_json::Value;
use testkit::fixture::actor;

use crate::{
    receiver::Receiver,
    world::{World, parts},
};

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const DOWN: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nsoon";

fn url(receiver: &Receiver) -> String {
    format!("http://127.0.0.1:{}/hook?tenant=7", receiver.port())
}

/// A pause with all of its jitter.
fn pause(number: usize) -> Duration {
    PAUSES[number].mul_f64(1.21)
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_change_reaches_whom_it_concerns_and_nobody_else() {
    let (world, receiver, strange) =
        (World::new().await, Receiver::saying(OK).await, Receiver::saying(OK).await);
    let endpoint = world.listen("ada", &url(&receiver)).await;
    world.listen("eve", &url(&strange)).await;
    let store = world.ready("ada").await;
    assert_eq!(world.work().await, [Outcome::Tried(Reception::Received)]);
    assert_eq!(world.work().await, [], "there is nothing left to do");
    assert!(strange.requests().is_empty());

    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(request.starts_with("POST /hook?tenant=7 HTTP/1.1\r\n"), "{request}");
    let (headers, body) = parts(request);
    let delivery = world.deliveries(endpoint.id).await.remove(0).delivery;
    assert_eq!(headers["webhook-id"], delivery.notice.to_string());
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["webhook-signature"].starts_with("v1,"));
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["type"], "store.ready");
    assert_eq!(body["data"]["store"], store.id.as_str());
    assert_eq!((&body["data"]["owner"], &body["data"]["sequence"]), (&"ada".into(), &1.into()));
    assert_eq!(body["data"]["href"], format!("https://api.example/v1/stores/{}", store.id));
    let lines = world.lines.lock().unwrap();
    assert!(lines[0].contains("\"WebhooksDelivered\":1") && lines[0].contains("WebhookLatency"), "{lines:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_fails_is_tried_again_with_the_same_id_and_a_signature_of_its_own() {
    let (world, receiver) = (World::new().await, Receiver::saying(DOWN).await);
    let endpoint = world.listen("ada", &url(&receiver)).await;
    world.ready("ada").await;
    for (number, least) in PAUSES.iter().enumerate() {
        assert_eq!(world.work().await, [Outcome::Tried(Reception::Failed)], "try {number}");
        assert_eq!(world.work().await, [], "not before its time");
        let (text, next) = world.last_try(endpoint.id).await;
        assert_eq!(text, "503 soon");
        let waits = next.unwrap().since(world.now());
        assert!(waits <= pause(number) && waits + Duration::from_secs(1) > *least, "{waits:?}");
        world.pass(pause(number));
    }
    assert_eq!(world.work().await, [Outcome::Tried(Reception::Failed)], "the last");
    world.pass(Duration::from_secs(30 * 3600));
    assert_eq!(world.work().await, []);
    let delivery = world.deliveries(endpoint.id).await.remove(0).delivery;
    assert!(matches!(delivery.state, DeliveryState::GivenUp { .. }));
    assert_eq!(delivery.tries.len(), PAUSES.len() + 1);

    let requests: Vec<_> = receiver.requests().iter().map(|request| parts(request)).collect();
    assert_eq!(requests.len(), PAUSES.len() + 1);
    let distinct = |name: &str| {
        let values = requests.iter().map(|(headers, _)| headers[name].clone());
        values.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(distinct("webhook-id"), 1);
    assert_eq!(
        (distinct("webhook-timestamp"), distinct("webhook-signature")),
        (requests.len(), requests.len())
    );
    assert!(requests.iter().all(|(_, body)| *body == requests[0].1));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_is_gone_is_left_alone_and_the_other_endpoint_hears_of_it() {
    let world = World::new().await;
    let (gone, other) = (Receiver::saying("HTTP/1.1 410 Gone\r\n\r\n").await, Receiver::saying(OK).await);
    let endpoint = world.listen("ada", &url(&gone)).await;
    world.listen("ada", &url(&other)).await;
    world.ready("ada").await;
    let mut outcomes = world.work().await;
    outcomes.sort_by_key(|outcome| *outcome == Outcome::Tried(Reception::Gone));
    assert_eq!(outcomes, [Outcome::Tried(Reception::Received), Outcome::Tried(Reception::Gone)]);
    let reason = DisabledReason::Gone;
    assert_eq!(world.endpoint(endpoint.id).await.state, EndpointState::Disabled { at: world.now(), reason });
    assert!(world.lines.lock().unwrap().iter().any(|line| line.contains("\"WebhooksDisabled\":1")));
    // The notice of it, and a store more.
    world.ready("ada").await;
    assert_eq!(world.work().await.len(), 2);
    assert_eq!(gone.requests().len(), 1);
    let recorded: Vec<Value> =
        other.requests().iter().map(|request| serde_json::from_str(&parts(request).1).unwrap()).collect();
    let types: std::collections::BTreeSet<_> =
        recorded.iter().map(|body| body["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["store.ready", "webhook.disabled"].into());
    assert_eq!(recorded.len(), 3);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn five_days_of_nothing_but_failures_disable_an_endpoint_and_its_return_is_reported() {
    let world = World::new().await;
    let address: SocketAddr = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let endpoint = world.listen("ada", &format!("http://{address}/")).await;
    let other = Receiver::saying(OK).await;
    world.listen("ada", &url(&other)).await;
    let day = Duration::from_secs(24 * 3600);
    for days in 0..5 {
        world.ready("ada").await;
        world.work().await;
        assert_eq!(world.endpoint(endpoint.id).await.state, EndpointState::Enabled, "day {days}");
        world.pass(day);
    }
    world.ready("ada").await;
    world.work().await;
    let reason = DisabledReason::Failing;
    assert_eq!(world.endpoint(endpoint.id).await.state, EndpointState::Disabled { at: world.now(), reason });

    // What is still due to it is not tried.
    world.pass(day);
    let outcomes = world.work().await;
    assert!(outcomes.contains(&Outcome::Dropped), "{outcomes:?}");
    assert!(!outcomes.contains(&Outcome::Tried(Reception::Failed)), "{outcomes:?}");
    let back = Receiver::at(&address.to_string(), OK).await;
    let (ada, action) = (actor("ada"), WebhookAction::Enable);
    let change = EndpointChange { actor: &ada, now: world.now(), action, expected: None, keyed: None };
    world.table().change_endpoint(endpoint.id, change, Endpoint::enable).await.unwrap();
    world.ready("ada").await;
    world.work().await;
    world.work().await;
    assert_eq!(back.requests().len(), 1);
    let types: Vec<_> = other
        .requests()
        .iter()
        .map(|request| serde_json::from_str::<Value>(&parts(request).1).unwrap()["type"].clone())
        .filter(|kind| kind != EventType::StoreReady.name())
        .collect();
    assert_eq!(types, ["webhook.disabled", "webhook.recovered"]);
}
