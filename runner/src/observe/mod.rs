//! What others see of a running runner: whether it is alive and ready, and what it has counted.
//!
//! It is handed in through [`crate::runner::Runner`], and is global nowhere. Nothing here calls a peer: readiness is
//! noted where the work reaches table, queue and API server.
//!
//! A line that is logged during a job has the job's span: `store`, `uid`, `task`, `attempt` and `trace_id`; inside a
//! step also `step`.

pub mod endpoints;
pub mod metrics;
pub mod readiness;
