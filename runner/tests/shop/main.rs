//! The shop itself, on real parts: Apache, PHP, a database, WordPress, and the image's own scripts and
//! configuration. `make test-shop` builds the image and runs these; WooCommerce and wp-cli are stand-ins
//! unless it is told where real ones are.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what is skipped is said")]

mod abuse;
mod activity;
mod mail;
mod scheduled;
mod serving;
mod setup;
mod status;
mod trial;
mod upgrade;
