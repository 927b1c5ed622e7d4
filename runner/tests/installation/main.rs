//! What installs Shopwright in a cluster, held against the runner and against an API server.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod chart;
mod dry_run;
mod front;
mod image;
mod release;
mod settings;
mod store;
mod variants;
