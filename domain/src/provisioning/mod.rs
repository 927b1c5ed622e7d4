//! How a store is made: the steps, what can fail in them, and the events that record them.

pub mod event;
pub mod failure;
pub mod step;
