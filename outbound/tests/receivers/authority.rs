//! An authority of a test's own, with the certificates that it signs.

use std::sync::Arc;

use outbound::tls::Trust;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer};

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A server that shows a certificate for this name or address.
    pub(crate) fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.server_with(CertificateParams::new([name.to_owned()]).unwrap())
    }

    pub(crate) fn server_with(&self, params: CertificateParams) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        Arc::new(server.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }

    /// Trust in it alone.
    pub(crate) fn trust(&self) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        Trust::in_roots(roots).unwrap()
    }

    /// Its certificate, as files have it.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }
}
