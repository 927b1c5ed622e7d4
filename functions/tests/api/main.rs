//! The functions' routes, on DynamoDB Local and ElasticMQ.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod api;
mod callers;
mod changes;
mod errors;
mod limits;
mod lists;
mod observed;
mod rights;
mod routes;
mod samples;
mod stores;
mod template;
mod tokens;
