//! What holds for every route.

pub(crate) mod panics;
pub mod request_log;
