//! The rim towards Kubernetes, against an API server that says what a test wants: for what the real
//! one can't be made to do. Time is paused: it passes only where everything waits.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod admission;
mod certificates;
mod conflicts;
mod logs;
mod refusals;
mod routes;
mod script;
mod watches;
