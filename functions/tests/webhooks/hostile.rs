//! Receivers that misbehave. Each costs a bounded time, is recorded in the delivery's tries, and is tried again.

use std::{sync::Arc, time::Duration};

use domain::webhook::{delivery::EXCERPT, endpoint::Reception, retry::LONGEST_ASKED};
use functions::webhooks::deliver::Outcome;
use outbound::client::Client;

use crate::{
    authority::Authority,
    names::{Names, Says},
    receiver::{Crowd, Receiver, Script},
    world::{World, limits},
};

/// What the first try at this URL comes to.
async fn tried(world: &World, url: &str) -> (Outcome, String, Duration) {
    let endpoint = world.listen("ada", url).await;
    world.ready("ada").await;
    let outcomes = world.work().await;
    let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    let (text, next) = world.last_try(endpoint.id).await;
    (*outcome, text, next.map(|next| next.since(world.now())).unwrap_or_default())
}

fn at(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

const FAILED: Outcome = Outcome::Tried(Reception::Failed);

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_that_answers_byte_by_byte_is_not_waited_for() {
    let world = World::new().await;
    let slowly =
        Script::Slowly("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", 1000, Duration::from_millis(50));
    let (outcome, text, _) = tried(&world, &at(Receiver::plain(slowly).await.port())).await;
    assert_eq!(outcome, FAILED);
    assert!(text.contains("was not there within 0.7 s"), "{text}");
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_ten_megabytes_the_beginning_is_kept() {
    let world = World::new().await;
    let large = [b"HTTP/1.1 500 Oh\r\ncontent-length: 10000000\r\n\r\n".as_slice(), &vec![b'x'; 10_000_000]];
    let receiver = Receiver::plain(Script::Answer(large.concat())).await;
    let (outcome, text, _) = tried(&world, &at(receiver.port())).await;
    assert_eq!((outcome, text.len()), (FAILED, "500 ".len() + EXCERPT));
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_redirect_to_this_machine_is_a_failure_that_is_not_followed() {
    let (world, inside) = (World::new().await, Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await);
    let redirect = format!("HTTP/1.1 301 Moved\r\nlocation: {}\r\n\r\n", at(inside.port()));
    let (outcome, text, _) = tried(&world, &at(Receiver::saying(&redirect).await.port())).await;
    assert_eq!((outcome, text.as_str()), (FAILED, "301 "));
    assert_eq!(inside.connections().await, 0);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn who_asks_for_time_gets_it_up_to_a_day() {
    for (asked, least) in [("3600", Duration::from_secs(3600)), ("999999999", LONGEST_ASKED)] {
        let world = World::new().await;
        let busy = format!("HTTP/1.1 429 Busy\r\nretry-after: {asked}\r\n\r\n");
        let (outcome, _, waits) = tried(&world, &at(Receiver::saying(&busy).await.port())).await;
        assert_eq!(outcome, FAILED);
        assert!(waits >= least - Duration::from_secs(1) && waits <= least.mul_f64(1.21), "{waits:?}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_with_a_certificate_for_another_name_gets_nothing() {
    let authority = Authority::new();
    let server = authority.server("other.example");
    let receiver = Receiver::encrypted(Script::Answer(Vec::new()), server).await;
    let names = Arc::new(Names::loopback());
    let world = World::with(Client::with_resolver(authority.trust(), limits(), names)).await;
    let url = format!("https://receiver.example:{}/", receiver.port());
    let (outcome, text, _) = tried(&world, &url).await;
    assert_eq!(outcome, FAILED);
    assert!(text.contains("encrypted"), "{text}");
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_name_that_leads_inside_the_second_time_is_refused_then() {
    let receiver = Receiver::saying("HTTP/1.1 500 Oh\r\n\r\n").await;
    let names = Names::new([Says::Addresses(&["127.0.0.1"]), Says::Addresses(&["10.0.0.1"])]);
    let world = World::with(names.client(limits())).await;
    let url = format!("http://receiver.example:{}/", receiver.port());
    let (outcome, text, waits) = tried(&world, &url).await;
    assert_eq!((outcome, text.as_str()), (FAILED, "500 "));
    world.pass(waits);
    assert_eq!(world.work().await, [FAILED]);
    let endpoint = world.table().endpoint_page(10, None).await.unwrap().items.remove(0);
    let (text, _) = world.last_try(endpoint.id).await;
    assert_eq!(text, "`receiver.example` leads to 10.0.0.1, a private address");
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn one_that_never_accepts_is_given_up_in_time() {
    let (world, crowd) = (World::new().await, Crowd::new().await);
    let (outcome, text, _) = tried(&world, &at(crowd.port())).await;
    assert_eq!(outcome, FAILED);
    assert!(text.contains("a connection was not there within 0.7 s"), "{text}");
}
