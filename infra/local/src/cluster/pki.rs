//! Certificates and keys of the simulated cluster, made afresh for every stack.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use crate::layout::write_secret;

/// The files that Kubernetes' parts read.
#[derive(Clone, Debug)]
pub(crate) struct Pki {
    folder: PathBuf,
}

impl Pki {
    /// Makes them all: an authority, one serving certificate for 127.0.0.1, the key that signs service
    /// accounts' tokens.
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let pki = Self { folder: folder.to_path_buf() };
        let authority_key = KeyPair::generate().context("no key for the authority")?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "Shopwright local stack");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_certificate = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);

        let serving_key = KeyPair::generate().context("no key for serving")?;
        let mut serving = CertificateParams::new(vec![
            "localhost".to_owned(),
            "kubernetes".to_owned(),
            "kubernetes.default".to_owned(),
            "kubernetes.default.svc".to_owned(),
        ])?;
        serving.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        serving.distinguished_name.push(DnType::CommonName, "127.0.0.1");
        serving.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        serving.use_authority_key_identifier_extension = true;
        let serving_certificate = serving.signed_by(&serving_key, &issuer)?;

        let service_accounts = KeyPair::generate().context("no key for service accounts")?;

        write_secret(&pki.authority(), &authority_certificate.pem())?;
        write_secret(&pki.serving_certificate(), &serving_certificate.pem())?;
        write_secret(&pki.serving_key(), &serving_key.serialize_pem())?;
        write_secret(&pki.service_account_key(), &service_accounts.serialize_pem())?;
        write_secret(&pki.service_account_public_key(), &service_accounts.public_key_pem())?;
        Ok(pki)
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    pub(crate) fn authority_pem(&self) -> Result<String> {
        fs::read_to_string(self.authority()).context("the authority's certificate can't be read")
    }

    pub(crate) fn serving_certificate(&self) -> PathBuf {
        self.folder.join("serving.crt")
    }

    pub(crate) fn serving_key(&self) -> PathBuf {
        self.folder.join("serving.key")
    }

    /// Signs service accounts' tokens.
    pub(crate) fn service_account_key(&self) -> PathBuf {
        self.folder.join("service-accounts.key")
    }

    /// Checks them.
    pub(crate) fn service_account_public_key(&self) -> PathBuf {
        self.folder.join("service-accounts.pub")
    }

    /// Bearer tokens of the parts and the administrator (`--token-auth-file`).
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens.csv")
    }

    /// The kubeconfig of one of the parts.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.folder.join(format!("{user}.kubeconfig"))
    }
}
