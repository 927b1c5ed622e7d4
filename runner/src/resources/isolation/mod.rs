//! What seals a store off and limits it: its namespace, network policies and quota.

pub(super) mod limit_range;
pub(super) mod namespace;
pub(super) mod network_policy;
pub(super) mod resource_quota;
