//! The functions' routes, on DynamoDB Local and ElasticMQ.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod api;
mod callers;
mod operations;
mod requests;
mod samples;
mod stores;
mod template;
mod webhooks;
