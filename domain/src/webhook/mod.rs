//! Webhooks: who wants to be notified of what, what is sent, and how it is signed, delivered and tried again.
//!
//! After Standard Webhooks: three headers (`webhook-id`, `webhook-timestamp`, `webhook-signature`), signatures of
//! version `v1`, secrets that begin with `whsec_`. Nothing here sends anything: what is to be sent is a [`notice`], a
//! [`delivery`] is a notice on its way to one [`endpoint`], and who calls strangers is for others to say.

pub mod delivery;
pub mod description;
pub mod endpoint;
pub mod endpoint_id;
pub mod event_type;
pub mod notice;
pub mod occurrence;
pub mod pattern;
pub mod retry;
pub mod scope;
pub mod secret;
pub mod signature;
pub mod verification;
