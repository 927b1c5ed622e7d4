//! Webhooks from the change that they are about to the receiver: writer, outbox, `fan-out`, `deliver` and the sweep, on
//! DynamoDB Local and ElasticMQ, with receivers on loopback that do what a test wants.
//!
//! Time is the test's: what is due later is due once the clock was moved on.

#![allow(clippy::unwrap_used, dead_code, reason = "a test may panic; receivers are shared with other tests")]

#[path = "../../../outbound/tests/receivers/authority.rs"]
mod authority;
mod delivery;
mod faults;
mod hostile;
#[path = "../../../outbound/tests/receivers/names.rs"]
mod names;
mod neighbours;
mod official;
mod queues;
#[path = "../../../outbound/tests/receivers/receiver.rs"]
mod receiver;
mod rights;
mod world;
