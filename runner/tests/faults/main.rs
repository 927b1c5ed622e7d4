//! The proof that the runner loses nothing, on real parts: however a call to Kubernetes, DynamoDB or
//! SQS goes wrong, and even if the runner is gone there or stands still, what is left in the end is what
//! is left without a fault.
//!
//! - `every_call` plays whole stories with one fault each, at every call and in every way.
//! - `mix` plays random ones: several runners, many faults, a person's commands in the middle of it.
//! - `outage` stops the parts themselves.
//!
//! A runner lives on a thread of its own (`host`), so that it can be killed and frozen as a process can;
//! all its calls pass a `wire`, where faults happen. What must hold meanwhile is watched by the `ledger`
//! of each world and by the `witness` of them all.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod before;
mod call;
mod every_call;
mod fault;
mod host;
mod ledger;
mod mix;
mod outage;
mod plan;
mod portrait;
mod progress;
#[path = "../support/store_objects.rs"]
mod store_objects;
mod story;
mod timeline;
mod wire;
mod witness;
mod world;

use tokio::sync::RwLock;

/// The parts of the stack: whoever stops them is alone with them.
static PARTS: RwLock<()> = RwLock::const_new(());
