//! The counters of the rate limits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    auth::rate::{Rate, Source, Window},
    values::timestamp::Timestamp,
};
use testkit::{
    fixture::Fixture,
    meter::{Consumed, Meter},
};

fn source(address: &str) -> Source {
    Source::of(Some(address.parse().unwrap()))
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn of_many_calls_at_once_each_gets_a_number_of_its_own_up_to_the_limit() {
    let fixture = Fixture::new().await;
    let window = Window::at(Timestamp::now());
    let calls = (0..40).map(|_| {
        let table = fixture.table.clone();
        tokio::spawn(async move { table.count_call(Rate::Creates, source("192.0.2.1"), window, 7).await })
    });
    let mut numbers = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        numbers.extend(call.await.unwrap().unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn what_is_counted_apart_is_counted_apart() {
    let fixture = Fixture::new().await;
    let now = Timestamp::now();
    let window = Window::at(now);
    for (rate, source, window) in [
        (Rate::Creates, source("192.0.2.1"), window),
        (Rate::Actions, source("192.0.2.1"), window),
        (Rate::FailedAuthentications, source("192.0.2.1"), window),
        (Rate::Creates, source("192.0.2.2"), window),
        (Rate::Creates, Source::of(None), window),
        (Rate::Creates, source("192.0.2.1"), Window::at(now.plus(Window::LENGTH))),
    ] {
        let mut counts = Vec::new();
        for _ in 0..2 {
            counts.push(fixture.table.count_call(rate, source, window, 1).await.unwrap());
        }
        assert_eq!(counts, [Some(1), None], "{rate} {source} {window}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn a_call_costs_one_write_unit_and_its_counter_goes_by_itself() {
    let (meter, fixture) = Meter::over(&Fixture::new().await);
    let now = Timestamp::now();
    let longest = source("2001:db8:1111:2222:3333:4444:5555:6666");
    let _ = meter.take();
    fixture.table.count_call(Rate::FailedAuthentications, longest, Window::at(now), 1).await.unwrap();
    assert_eq!(meter.take(), Consumed { read: 0.0, write: 1.0 });
    let counters = fixture.clients.dynamodb.scan().table_name(fixture.table.name()).send().await.unwrap();
    let [counter] = counters.items() else { panic!("{counters:?}") };
    let AttributeValue::N(expires) = &counter["expiresAt"] else { panic!("{counter:?}") };
    let expires = Timestamp::from_milliseconds(expires.parse::<i64>().unwrap() * 1000).unwrap();
    let kept = expires.since(now);
    assert!(kept > Duration::from_secs(60) && kept <= Duration::from_secs(120), "{kept:?}");
}
