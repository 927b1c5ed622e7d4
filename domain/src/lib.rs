//! What the functions and the runner both mean by a store: its types and transitions, the table it
//! is kept in and the queue that says it has work. Nothing here knows HTTP or Kubernetes.
//!
//! The table is the truth. A [`queue::job::Job`] is only a hint that a store has work: losing one, getting
//! it twice or out of order changes nothing but timing.
//!
//! The rooms: [`values`] are plain; [`auth`] is who calls; [`store`] has the states, the transitions and what comes of a
//! command; [`operation`] is what a store can be made to do; [`provisioning`] are its steps, failures and events;
//! [`audit`] is who changed what; [`health`] is how a store does in the cluster; [`attention`] is what of it needs somebody; [`webhook`] is who
//! wants to be notified of what. [`queue`] and [`table`] are the rim that calls AWS.
//!
//! Table and queue stay in this crate, and are not one of their own. A [`store::transition::Transition`] and a
//! [`lease::Claim`] are proofs: only the methods here can make one, and only the table can be given one. In another
//! crate, their constructors would have to be open to all. Whoever needs the types without AWS loses only the time it
//! takes to build that.

pub mod attention;
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
pub mod webhook;
