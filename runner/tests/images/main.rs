//! The images. The scripts of the store's run as in its pods, with the environment that the builders give
//! them, and stand-ins for WordPress, for the database and for Apache.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod container;
mod pins;
mod runner_image;
mod seed;
mod serve;
mod setup;
mod signals;
