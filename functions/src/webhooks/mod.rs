//! Webhooks: the functions `fan-out` and `deliver`, and what the API and they share.
//!
//! - `fan-out` gets a hint at a notice, makes a delivery for each endpoint that wants it, and then takes the notice out
//!   of what is due. Done twice, it makes nothing new.
//! - `deliver` gets a hint at a delivery, takes it up, makes one try, and writes down what came of it. What is to be
//!   tried again within 15 minutes has another hint with a delay; the rest is found by the sweep once it is due.
//!
//! Whatever is lost or comes twice changes nothing but timing: the table says what is due.

pub mod batch;
pub mod deliver;
pub mod fan_out;
pub mod key;
pub mod settings;
