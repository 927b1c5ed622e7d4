//! The resource `/v1/stores/{id}/operations`: what a store was made to do, and what came of it.

pub mod accepted;
pub mod list;
pub mod show;
pub mod view;
