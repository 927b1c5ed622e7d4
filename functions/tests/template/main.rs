//! What `template.yaml` deploys, held against the code that it deploys.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod resources;
mod routes;
mod settings;
mod template;
