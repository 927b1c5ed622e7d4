//! The runner: long-polls the queue and makes the cluster match what the table says. It is the only
//! part that talks to Kubernetes.
//!
//! The way of a job, each arrow one room:
//!
//! - [`worker`] polls the queue with as many slots as are free, and answers for each message;
//! - [`reconcile`] reads the store, takes its [`lease`], and does what the store's state asks for: it provisions,
//!   cleans up, tears down, or runs an operation, step by step;
//! - [`cluster`] sends the requests to Kubernetes, tries them again, and waits;
//! - [`resources`] builds the objects, from the values in [`settings`].
//!
//! Beside that way, [`loops`] are what the runner does regularly, [`health`] is how all stores do, [`observe`] is
//! what others see of the runner, and [`inspect`] is what a person can look at without changing anything;
//! [`visit`] is how both look at a shop from outside;
//! [`migration`] is run by hand when the platform changes what leads visitors to stores.
//! [`front`] is a process of its own: it answers visitors where no store does.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod front;
pub mod health;
pub mod inspect;
pub mod lease;
pub mod loops;
pub mod migration;
pub mod observe;
pub mod operations;
pub mod reconcile;
pub mod resources;
pub mod runner;
pub mod settings;
pub mod visit;
pub mod worker;
