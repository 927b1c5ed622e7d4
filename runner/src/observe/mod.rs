//! What others see of a running runner: whether it is alive and ready, and what it has counted.

pub mod endpoints;
pub mod metrics;
pub mod readiness;
