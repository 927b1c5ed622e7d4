//! The client against receivers that do what a test wants: answer, misbehave, be silent, lie about who they are.
//!
//! They are on loopback, which the local policy lets in; what must be refused has a resolver that leads elsewhere.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod addresses;
mod answers;
mod authority;
mod encryption;
mod environment;
mod names;
mod receiver;
mod time;
