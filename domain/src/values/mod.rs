//! Plain values that know nothing of stores: times, digests, random texts, traces.

pub mod digest;
pub mod kept_text;
pub mod month;
pub mod random;
pub mod timestamp;
pub mod traceparent;
