//! The scripts of the store image, run as its pods run them: with the environment that the builders give
//! them, and stand-ins for `wp`, for the database and for Apache.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod container;
mod seed;
mod serve;
mod setup;
