//! Each phase of a call has an end.

use std::time::Duration;

use outbound::{
    error::CallError,
    limits::{Limits, Phase, TimedOut},
};

use crate::{
    names::{Names, Says, local},
    receiver::{Crowd, Receiver, Script, post},
};

/// Long enough for whatever is not meant to end it.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);
/// Between the bytes of a slow one: no pause is long, and all of them are.
const PAUSE: Duration = Duration::from_millis(20);

/// All phases may be long.
fn patient() -> Limits {
    Limits { name: LONG, connect: LONG, tls: LONG, head: LONG, body: LONG, call: LONG, ..Limits::default() }
}

/// The phase in which a call to this port ends, which must be for its time.
async fn ends_in(scheme: &str, port: u16, names: Names, limits: Limits) -> Phase {
    let target = local(&format!("{scheme}://receiver.example:{port}/"));
    match names.client(limits).send(post(&target)).await {
        Err(CallError::TimedOut(TimedOut { phase, limit })) => {
            assert_eq!(limit, SHORT);
            phase
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_resolver_that_says_nothing_is_not_waited_for() {
    let limits = Limits { name: SHORT, ..patient() };
    assert_eq!(ends_in("http", 80, Names::new([Says::Nothing]), limits).await, Phase::Name);
}

#[tokio::test]
async fn a_receiver_that_never_accepts_is_not_waited_for() {
    let crowd = Crowd::new().await;
    let limits = Limits { connect: SHORT, ..patient() };
    assert_eq!(ends_in("http", crowd.port(), Names::loopback(), limits).await, Phase::Connect);
}

#[tokio::test]
async fn a_receiver_that_never_agrees_on_tls_is_not_waited_for() {
    let receiver = Receiver::plain(Script::Silence).await;
    let limits = Limits { tls: SHORT, ..patient() };
    assert_eq!(ends_in("https", receiver.port(), Names::loopback(), limits).await, Phase::Tls);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_not_waited_for() {
    let receiver = Receiver::plain(Script::Silence).await;
    let limits = Limits { head: SHORT, ..patient() };
    assert_eq!(ends_in("http", receiver.port(), Names::loopback(), limits).await, Phase::Head);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_has_an_end() {
    let receiver = Receiver::plain(Script::Slowly("HTTP/1.1 200 OK\r\nX-Slow: ", 10_000, PAUSE)).await;
    let limits = Limits { head: SHORT, ..patient() };
    assert_eq!(ends_in("http", receiver.port(), Names::loopback(), limits).await, Phase::Head);
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_has_an_end() {
    for limits in [Limits { body: SHORT, ..patient() }, Limits { call: SHORT, ..patient() }] {
        let receiver = Receiver::plain(Script::Slowly("HTTP/1.1 200 OK\r\n\r\n", 10_000, PAUSE)).await;
        assert_eq!(ends_in("http", receiver.port(), Names::loopback(), limits).await, Phase::Body);
    }
}

#[tokio::test]
async fn a_slow_answer_that_ends_in_time_is_an_answer() {
    let receiver = Receiver::plain(Script::Slowly("HTTP/1.1 200 OK\r\n\r\n", 10, PAUSE)).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    let answer = Names::loopback().client(patient()).send(post(&target)).await.unwrap();
    assert_eq!(answer.excerpt(1024), "x".repeat(10));
}
