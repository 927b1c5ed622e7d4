//! The resource `/v1/stores/{id}/actions`: what a store can be made to do, a file for each.

pub mod logs;
pub mod reset_password;
pub mod restart;
pub mod retry;
pub mod reveal_credentials;
