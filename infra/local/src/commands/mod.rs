//! What `local-stack` is called for: one file each.

pub(crate) mod down;
pub(crate) mod exec;
pub(crate) mod interruption;
pub(crate) mod status;
pub(crate) mod up;
