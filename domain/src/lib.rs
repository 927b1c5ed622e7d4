//! What the functions and the runner both mean by a store: its types and transitions, the table it
//! is kept in and the queue that says it has work. Nothing here knows HTTP or Kubernetes.
//!
//! The table is the truth. A [`queue::job::Job`] is only a hint that a store has work: losing one, getting
//! it twice or out of order changes nothing but timing.

pub mod audit;
pub mod auth;
pub mod aws;
pub mod health;
pub mod idempotency;
pub mod lease;
pub mod operation;
pub mod provisioning;
pub mod queue;
pub mod store;
pub mod table;
pub mod values;
