//! What holds for every route: the layers around the handlers, in the order of `router.rs`.

pub(crate) mod metrics;
pub(crate) mod panics;
pub(crate) mod rate_limit;
pub(crate) mod refusal;
pub mod request_id;
pub mod request_log;
pub mod trace;
