//! The API: validates, authorises, writes state, and sends a job. It never reaches the cluster.

pub mod app;
pub mod auth;
pub mod body;
pub mod config;
pub mod etag;
pub mod events;
pub mod health;
pub mod problem;
pub mod query;
pub mod request_log;
pub mod routes;
pub mod runtime;
pub mod stores;
