//! Plain values that know nothing of stores: times, digests, random texts, traces, countries, currencies and locales.

mod code;
pub mod country;
pub mod currency;
pub mod digest;
pub mod kept_text;
pub mod locale;
pub mod market;
pub mod month;
pub mod random;
pub mod reason;
pub mod retry_after;
pub mod timestamp;
pub mod traceparent;
