//! Who calls: principals, their tokens, and how often each may call.

pub mod principal;
pub mod principal_name;
pub mod rate;
pub mod token;
