//! The command by itself, beside an API that answers by a script: no stack is needed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod addresses;
mod attention;
mod passing_trouble;
mod readers;
mod scripted_api;
mod upgrades;
