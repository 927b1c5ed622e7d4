//! What these tests play in: a table and a queue, a runner in this process or in its own, and the cluster.

pub(crate) mod audit_log;
pub(crate) mod harness;
pub(crate) mod process;
pub(crate) mod ready_store;
pub(crate) mod relay;
