//! What holds for every route.

pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod rate_limit;
pub(crate) mod refusal;
pub mod request_id;
pub mod request_log;
pub mod trace;
