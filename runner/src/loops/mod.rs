//! What the runner does regularly, one file each.

pub mod orphans;
