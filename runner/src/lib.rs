//! The runner: long-polls the queue and makes the cluster match what the table says. It is the only
//! part that talks to Kubernetes.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod health;
pub mod inspect;
pub mod lease;
pub mod loops;
pub mod observe;
pub mod operations;
pub mod reconcile;
pub mod resources;
pub mod runner;
pub mod settings;
pub mod worker;
