//! What a person can look at without changing anything: a store's manifests, and how the cluster differs.
//!
//! `runner render` prints the manifests in a YAML that is the same for readers of version 1.1 and of 1.2: a store
//! may be called `No`. `runner diff` compares them with the cluster both ways. A field that somebody has added is
//! drift as one that was changed is, but for what Kubernetes and external-secrets are known to set
//! (`diff/additions.rs`). The runner's own rights do not suffice: it may not list Secrets.

pub mod diff;
pub mod drift;
pub mod render;
pub mod yaml;
