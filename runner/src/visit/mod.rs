//! One visit to a shop: at its pod, as its ingress controller makes it, or by https, as its visitors do.
//!
//! Nothing of a shop is trusted. An answer is read up to a bound, for a limited time; no redirect is followed.

mod https;
mod request;
mod text;

pub use self::{https::HttpsCheck, request::Target};
pub(crate) use self::{
    https::Sight,
    request::{Answer, NoAnswer, get},
    text::first_line,
};
