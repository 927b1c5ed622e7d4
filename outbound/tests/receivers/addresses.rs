//! Which addresses are connected to.

use outbound::{address::Reserved, error::CallError, limits::Limits, policy::Policy, target::Target};

use crate::{
    names::{Names, Says, local},
    receiver::{Crowd, Receiver, post},
};

const OK: &str = "HTTP/1.1 200 OK\r\n\r\n";

/// All but loopback.
const POLICY: Policy = Policy { plain_http: true, high_ports: true, loopback: false };

#[tokio::test]
async fn a_name_that_leads_to_loopback_is_not_connected_to() {
    let receiver = Receiver::saying(OK).await;
    let target = Target::parse(&format!("http://receiver.example:{}/", receiver.port()), POLICY).unwrap();
    let refused = Names::loopback().client(Limits::default()).send(post(&target)).await.unwrap_err();
    let CallError::Refused { name, reserved, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!((name.as_str(), *reserved), ("receiver.example", Reserved::Loopback));
    assert_eq!(refused.explained(), "`receiver.example` leads to 127.0.0.1, a loopback address");
    assert_eq!(receiver.connections().await, 0);
}

#[tokio::test]
async fn one_address_that_is_refused_is_enough() {
    let receiver = Receiver::saying(OK).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    for addresses in [
        &["127.0.0.1", "10.0.0.1"][..],
        &["127.0.0.1", "::ffff:127.0.0.1"],
        &["127.0.0.1", "fd00::1", "127.0.0.1"],
    ] {
        let names = Names::new([Says::Addresses(addresses)]);
        let refused = names.client(Limits::default()).send(post(&target)).await;
        assert!(matches!(refused, Err(CallError::Refused { .. })), "{addresses:?}: {refused:?}");
    }
    assert_eq!(receiver.connections().await, 0);
}

#[tokio::test]
async fn a_name_is_asked_for_once_a_call_and_checked_each_time() {
    let receiver = Receiver::saying(OK).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    // A second look at the name, in the first call, would find the private address.
    let names = Names::new([Says::Addresses(&["127.0.0.1"]), Says::Addresses(&["192.168.0.1"])]);
    let client = names.client(Limits::default());
    client.send(post(&target)).await.unwrap();
    assert_eq!(names.left(), 1);
    let refused = client.send(post(&target)).await;
    assert!(matches!(refused, Err(CallError::Refused { reserved: Reserved::Private, .. })), "{refused:?}");
    assert_eq!((receiver.connections().await, names.left()), (1, 0));
}

#[tokio::test]
async fn an_address_in_a_url_is_not_asked_for() {
    let receiver = Receiver::saying(OK).await;
    let target = local(&format!("http://127.0.0.1:{}/", receiver.port()));
    Names::new([]).client(Limits::default()).send(post(&target)).await.unwrap();
}

#[tokio::test]
async fn a_name_without_an_address_says_so() {
    let target = local("http://receiver.example/");
    let fails = Names::new([Says::Fails]).client(Limits::default()).send(post(&target)).await.unwrap_err();
    assert_eq!(fails.explained(), "`receiver.example` could not be resolved: no such name");
    let none = Names::new([Says::Addresses(&[])]).client(Limits::default()).send(post(&target)).await;
    assert!(matches!(none, Err(CallError::NoAddress { .. })), "{none:?}");
}

#[tokio::test]
async fn an_address_that_refuses_leaves_the_call_to_the_next() {
    let receiver = Receiver::saying(OK).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    let names = Names::new([Says::Addresses(&["127.0.0.2", "127.0.0.1"]), Says::Addresses(&["127.0.0.2"])]);
    let client = names.client(Limits::default());
    client.send(post(&target)).await.unwrap();
    let refused = client.send(post(&target)).await;
    assert!(matches!(refused, Err(CallError::Unreachable(_))), "{refused:?}");
}

#[tokio::test]
async fn an_address_that_is_silent_leaves_time_to_the_next() {
    let crowd = Crowd::new().await;
    let receiver = Receiver::at(&format!("127.0.0.2:{}", crowd.port()), OK).await;
    let target = local(&format!("http://receiver.example:{}/", receiver.port()));
    let limits = Limits { connect: std::time::Duration::from_secs(2), ..Limits::default() };
    let names = Names::new([Says::Addresses(&["127.0.0.1", "127.0.0.2"])]);
    names.client(limits).send(post(&target)).await.unwrap();
}
