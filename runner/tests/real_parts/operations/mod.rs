//! Operations on a store that is up: those that change it, and those that only read it.

mod changes;
mod guard;
pub(crate) mod inquiries;
mod logs;
mod passwords;
mod power;
mod suspension;
mod unknown_kinds;
mod upgrades;
