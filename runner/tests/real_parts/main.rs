//! The runner on the real parts: DynamoDB Local, ElasticMQ, and an API server that enforces RBAC,
//! which it talks to as its own service account.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod admission;
mod audit_log;
mod aws_rights;
mod changes_of_mind;
mod conflicts;
mod diff;
mod disturbances;
mod external_secrets;
mod failures;
mod health;
mod inquiries;
mod killed;
mod kills;
mod lifecycle;
mod logs;
mod operations;
mod orphans;
mod outside;
mod passwords;
mod process;
mod queue_away;
mod relay;
mod rights;
mod scene;
mod shutdown;
#[path = "../support/store_objects.rs"]
mod store_objects;
mod warnings;
mod webhooks;
