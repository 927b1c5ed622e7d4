//! The resource `/v1/webhooks/{id}/actions`: what can be done with an endpoint, a file for each.

pub mod enable;
pub mod replay;
pub mod rotate_secret;
pub mod test;
