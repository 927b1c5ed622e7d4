//! The runner on the real parts: DynamoDB Local, ElasticMQ, and an API server that enforces RBAC,
//! which it talks to as its own service account.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod front;
mod health;
#[path = "../support/in_process_runner.rs"]
mod in_process_runner;
mod inspection;
mod interruptions;
mod operations;
mod provisioning;
#[path = "../support/runner_command.rs"]
mod runner_command;
#[path = "../support/store_objects.rs"]
mod store_objects;
mod support;
