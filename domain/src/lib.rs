//! What the functions and the runner both mean by a store: its types and transitions, the table it
//! is kept in and the queue that says it has work. Nothing here knows HTTP or Kubernetes.
//!
//! The table is the truth. A [`job::Job`] is only a hint that a store has work: losing one, getting
//! it twice or out of order changes nothing but timing.

pub mod admin_email;
pub mod audit;
pub mod aws;
pub mod credentials;
pub mod digest;
pub mod event;
pub mod failure;
pub mod health;
pub mod idempotency;
pub mod job;
pub mod kept_text;
pub mod lease;
pub mod logs;
pub mod month;
pub mod operation;
pub mod principal;
pub mod principal_name;
pub mod queue;
pub mod rate;
pub mod slug;
pub mod status;
pub mod step;
pub mod store;
pub mod store_name;
pub mod sweep;
pub mod table;
pub mod task;
pub mod timestamp;
pub mod token;
pub mod traceparent;
