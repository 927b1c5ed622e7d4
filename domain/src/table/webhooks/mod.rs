//! Webhooks in the table: endpoints, the outbox of notices, and deliveries.
//!
//! **Nothing lost.** A notice is written in the transaction of the change that it is about, and is due in the index
//! `due` until it was handed on to the endpoints. A delivery is due until it is over.
//!
//! **Nothing for nobody.** Whether anybody is to be notified is read, strongly consistent, before a transaction that has
//! a notice to write (`listeners`). So without an endpoint nothing more is written than without webhooks. An endpoint
//! hears of each change whose writing begins after the answer to its own creation, and perhaps of some before.

mod claims;
pub(super) mod deliveries;
pub(super) mod endpoints;
mod listeners;
pub(super) mod outbox;
mod slots;
