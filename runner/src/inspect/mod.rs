//! What a person can look at without changing anything: a store's manifests, and how the cluster differs.

pub mod diff;
pub mod drift;
pub mod render;
pub mod yaml;
