//! How a front ends: visitors that are led to it meanwhile are still answered.

use std::time::Duration;

use http::StatusCode;
use nix::sys::signal::Signal;
use testkit::fixture::Fixture;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, process::Command};

use super::{DOMAIN, Harness};
use crate::support::process::Process;

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn while_it_drains_it_is_not_ready_and_answers_for_the_last_time_on_each_connection() {
    let harness = Harness::new().await;
    let store = harness.fixture.store().await;
    assert!(!harness.visit(&store).await.headers.contains_key("connection"));
    assert_eq!(harness.probe("/readyz").await.status, StatusCode::OK);

    harness.shutdown.drain.cancel();
    assert_eq!(harness.probe("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(harness.probe("/healthz").await.status, StatusCode::OK);
    let last = harness.visit(&store).await;
    assert!(
        last.status == StatusCode::SERVICE_UNAVAILABLE && last.headers["connection"] == "close",
        "{last:?}"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_visitor_that_says_nothing_does_not_keep_it_from_ending() {
    let harness = Harness::new().await;
    let mut half = TcpStream::connect(&harness.visitors).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    testkit::wait::until("it is connected", async || {
        harness.has_counted("shopwright_front_connections 1").await
    })
    .await;
    harness.shutdown.drain.cancel();
    harness.shutdown.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(60), harness.serving).await;
    ended.expect("it ends in time").unwrap();
    assert!(TcpStream::connect(&harness.visitors).await.is_err());
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn its_process_ends_well_by_a_signal() {
    let fixture = Fixture::new().await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command
        .args([
            "front",
            "--table-name",
            fixture.table.name(),
            "--store-domain",
            DOMAIN,
            "--drain-seconds",
            "0",
        ])
        .args(["--front-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"])
        .kill_on_drop(true);
    let mut process = Process::of(command);
    let url = format!("http://{}/healthz", process.address().await);
    assert_eq!(super::client().get(url).send().await.unwrap().status(), StatusCode::OK);
    process.signal(Signal::SIGTERM);
    let (_, ended_well) = process.ended().await;
    assert!(ended_well);
}
