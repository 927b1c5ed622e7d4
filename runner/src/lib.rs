//! The runner: long-polls the queue and makes the cluster match what the table says. It is the only
//! part that talks to Kubernetes.

pub mod actions;
pub mod ahead;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod diagnosis;
pub mod diff;
pub mod drift;
pub mod drive;
pub mod endpoints;
pub mod failure;
pub mod health;
pub mod heartbeat;
pub mod inquire;
pub mod inquiries;
pub mod metrics;
mod operate;
pub mod orphans;
pub mod progress;
pub mod provision;
pub mod readiness;
pub mod redaction;
pub mod render;
pub mod resources;
pub mod runner;
pub mod settings;
pub mod shutdown;
pub mod task;
pub mod teardown;
pub mod worker;
pub mod yaml;
