//! Operations on stores.

mod exclusive;
pub(crate) mod logs;
pub(crate) mod read_only;
mod suspension;
mod upgrade;
