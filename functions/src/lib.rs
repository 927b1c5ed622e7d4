//! The API: validates, authorises, writes state, and sends a job. It never reaches the cluster.

pub mod app;
pub mod auth;
pub mod body;
pub mod claims;
pub mod clock;
pub mod config;
pub mod cursor;
pub mod etag;
pub mod events;
pub mod gateway;
pub mod health;
mod json_object;
pub mod list;
pub mod metrics;
mod panics;
pub mod problem;
pub mod problem_document;
pub mod problem_type;
pub mod query;
pub mod rate_limit;
pub mod request_id;
pub mod request_log;
pub mod routes;
pub mod runtime;
pub mod stores;
pub mod token_cache;
pub mod trace;
