//! The runner: long-polls the queue and makes the cluster match what the table says. It is the only
//! part that talks to Kubernetes.

pub mod actions;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod health;
pub mod inquire;
pub mod inquiries;
pub mod inspect;
pub mod lease;
pub mod loops;
pub mod observe;
mod operate;
pub mod reconcile;
pub mod resources;
pub mod runner;
pub mod settings;
pub mod task;
pub mod worker;
