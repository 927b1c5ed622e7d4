//! Operations on stores.

mod exclusive;
mod guard;
pub(crate) mod logs;
pub(crate) mod read_only;
mod suspension;
mod upgrade;
