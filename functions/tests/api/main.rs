//! The functions' routes, on DynamoDB Local and ElasticMQ.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod api;
mod audit;
mod callers;
mod changes;
mod errors;
mod gateway;
mod health;
mod inquiries;
mod limits;
mod lists;
mod logs;
mod observed;
mod operations;
mod paths;
mod quotas;
mod rights;
mod routes;
mod samples;
mod stores;
mod template;
mod tokens;
