//! What only tests and benches use, once for all crates: tables and queues of a test's own on the local stack,
//! sample stores, the rights that the template gives, and what calls to DynamoDB cost.
//!
//! It is a dev-dependency everywhere, so nothing of it is in what is deployed. It may use `domain`, and no crate
//! above it: what a test needs of the functions or of the runner stays with their tests.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test may panic")]

#[cfg(feature = "cluster")]
pub mod account;
pub mod clients;
pub mod fixture;
pub mod items;
pub mod mapping;
mod messages;
pub mod meter;
pub mod rights;
pub mod secrets;
pub mod template;
pub mod wait;
