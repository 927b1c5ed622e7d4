//! The API: validates, authorises, writes state, and sends a job. It never reaches the cluster.

pub mod api;
pub mod app;
pub mod auth;
pub mod clock;
pub mod commands;
pub mod config;
pub mod dashboard;
pub mod gateway;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod problem;
pub mod rate_limit;
pub mod request;
pub mod router;
pub mod runtime;
pub mod sweep;
pub mod webhooks;
