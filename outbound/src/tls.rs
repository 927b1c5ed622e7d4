//! Whose certificates are believed.

use std::{fmt, sync::Arc};

use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// How TLS is made: versions 1.2 and 1.3 over `ring`, each certificate verified.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// No certificate could ever be believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The system has no root certificates where they are looked for.
    #[error("the system has no root certificates; SSL_CERT_FILE may name a file of them")]
    NoRoots(#[source] Option<rustls_native_certs::Error>),
    /// The algorithms do not fit together.
    #[error("TLS can't be set up")]
    Setup(#[from] rustls::Error),
}

impl Trust {
    /// In the root certificates of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn in_system() -> Result<Self, TrustError> {
        let mut found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (_, unreadable) = roots.add_parsable_certificates(found.certs);
        for error in &found.errors {
            tracing::warn!(%error, "root certificates were left out");
        }
        if unreadable > 0 {
            tracing::warn!(unreadable, "root certificates were left out");
        }
        if roots.is_empty() {
            return Err(TrustError::NoRoots(found.errors.pop()));
        }
        Self::in_roots(roots)
    }

    /// In these root certificates alone.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn in_roots(roots: RootCertStore) -> Result<Self, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// What makes encrypted connections in this trust.
    #[must_use]
    pub fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.0))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}
