//! Kinds of objects that others define: of each only what is used here.

mod certificate;
pub(super) mod external_secret;

pub use self::{
    certificate::{Certificate, CertificateStatus},
    external_secret::ExternalSecret,
};
