//! A certificate, and what its health is made of.

use domain::health::Certificate;
use serde::Deserialize;

use super::Metadata;
use crate::resources::{CERTIFICATE, CertificateStatus};

/// A `Certificate` of cert-manager.
#[derive(Deserialize)]
pub(in crate::health) struct ListedCertificate {
    pub(in crate::health) metadata: Metadata,
    #[serde(default)]
    status: CertificateStatus,
}

impl ListedCertificate {
    /// Whether it is the one that a shop's Ingress asks for.
    pub(in crate::health) fn is_of_a_shop(&self) -> bool {
        self.metadata.name == CERTIFICATE
    }

    pub(in crate::health) fn into_certificate(self) -> Certificate {
        self.status.problem().map_or(Certificate::Issued, Certificate::Pending)
    }
}
