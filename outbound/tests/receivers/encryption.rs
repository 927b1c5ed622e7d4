//! Who is believed to be whom.

use std::sync::Arc;

use outbound::{client::Client, error::CallError, limits::Limits};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::ServerConfig;

use crate::{
    authority::Authority,
    names::{Names, local},
    receiver::{Receiver, Script, post},
};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// What comes of a call to `host` at a server that shows this, by a client that believes `authority`; and what the
/// server got.
async fn called(
    host: &str,
    server: Arc<ServerConfig>,
    authority: &Authority,
) -> (Result<(), CallError>, usize) {
    let receiver = Receiver::encrypted(Script::Answer(OK.to_vec()), server).await;
    let target = local(&format!("https://{host}:{}/", receiver.port()));
    let client = Client::with_resolver(authority.trust(), Limits::default(), Arc::new(Names::loopback()));
    let answer = client.send(post(&target)).await;
    (answer.map(|answer| assert_eq!(answer.status, 200)), receiver.requests().len())
}

#[tokio::test]
async fn a_certificate_for_the_name_or_the_address_is_believed() {
    let authority = Authority::new();
    for (host, name) in [
        ("receiver.example", "receiver.example"),
        ("receiver.example.", "receiver.example"),
        ("hooks.receiver.example", "*.receiver.example"),
        ("127.0.0.1", "127.0.0.1"),
    ] {
        let (answer, requests) = called(host, authority.server(name), &authority).await;
        assert!(answer.is_ok(), "{host}: {answer:?}");
        assert_eq!(requests, 1, "{host}");
    }
}

#[tokio::test]
async fn another_certificate_is_not_and_nothing_is_sent() {
    let authority = Authority::new();
    let mut expired = CertificateParams::new(["receiver.example".to_owned()]).unwrap();
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    let mut not_yet = CertificateParams::new(["receiver.example".to_owned()]).unwrap();
    not_yet.not_before = date_time_ymd(2090, 1, 1);
    not_yet.not_after = date_time_ymd(2091, 1, 1);
    for (what, host, server) in [
        ("wrong name", "receiver.example", authority.server("other.example")),
        ("address instead of the name", "receiver.example", authority.server("127.0.0.1")),
        ("name instead of the address", "127.0.0.1", authority.server("receiver.example")),
        ("another authority", "receiver.example", Authority::new().server("receiver.example")),
        ("expired", "receiver.example", authority.server_with(expired)),
        ("not yet good", "receiver.example", authority.server_with(not_yet)),
    ] {
        let (answer, requests) = called(host, server, &authority).await;
        assert!(matches!(answer, Err(CallError::Tls(_))), "{what}: {answer:?}");
        assert_eq!(requests, 0, "{what}");
    }
}

#[tokio::test]
async fn one_that_does_not_encrypt_is_sent_nothing() {
    let receiver = Receiver::saying("HTTP/1.1 200 OK\r\n\r\n").await;
    let target = local(&format!("https://receiver.example:{}/", receiver.port()));
    // It waits for the end of a request, and is sent the beginning of a handshake.
    let limits = Limits { tls: std::time::Duration::from_millis(300), ..Limits::default() };
    let answer = Names::loopback().client(limits).send(post(&target)).await;
    assert!(matches!(answer, Err(CallError::Tls(_) | CallError::TimedOut(_))), "{answer:?}");
    assert!(receiver.requests().is_empty());
}
