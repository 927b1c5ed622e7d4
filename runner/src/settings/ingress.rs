//! How stores are reached from outside.

use clap::{Args, ValueEnum};

use super::parse;

/// The ingress controller, and what it is asked for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' way in")]
pub struct IngressSettings {
    /// Ingress class of the stores' ingresses
    #[arg(long, env = "INGRESS_CLASS", default_value = "nginx", value_parser = parse::dns_name)]
    pub ingress_class: String,

    /// Namespace of the ingress controller, the only one from which stores are reached
    #[arg(long, env = "INGRESS_NAMESPACE", default_value = "ingress-nginx", value_parser = parse::dns_label)]
    pub ingress_namespace: String,

    /// Labels `key=value`, comma between, of the ingress controller's pods; without any, all pods of its
    /// namespace reach stores
    #[arg(long, env = "INGRESS_LABELS", value_delimiter = ',', value_parser = parse::label)]
    pub ingress_labels: Vec<(String, String)>,

    /// How stores get TLS, which the ingress controller ends; their addresses follow; in production issuer
    #[arg(long, env = "TLS", default_value = "none", default_value_if("profile", "production", "issuer"))]
    pub tls: Tls,

    /// cert-manager's ClusterIssuer, where TLS is `issuer`
    #[arg(long, env = "CERTIFICATE_ISSUER", default_value = "letsencrypt", value_parser = parse::dns_name)]
    pub certificate_issuer: String,

    /// Where TLS is `issuer`, a store is Ready only once its certificate is issued, and fails where that does
    /// not happen in time. Without it, the store is opened at once, and its timeline and health tell
    #[arg(long, env = "CERTIFICATE_REQUIRED")]
    pub certificate_required: bool,

    /// Greatest body of a request to a store, in MiB, as ingress-nginx is told it. The store image itself
    /// takes 40
    #[arg(
        long,
        env = "UPLOAD_LIMIT_MIB",
        default_value_t = 40,
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    pub upload_limit_mib: u32,
}

impl IngressSettings {
    /// What is to be known of a store's certificate when it is opened.
    #[must_use]
    pub fn certificate(&self) -> CertificateNeed {
        match (self.tls, self.certificate_required) {
            (Tls::None | Tls::Wildcard, _) => CertificateNeed::None,
            (Tls::Issuer, false) => CertificateNeed::Reported,
            (Tls::Issuer, true) => CertificateNeed::Issued,
        }
    }
}

/// What is to be known of a store's certificate when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateNeed {
    /// It has none of its own.
    None,
    /// Where there is none yet, that is reported.
    Reported,
    /// There must be one.
    Issued,
}

/// Where stores' TLS comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// Nowhere: plain HTTP
    None,
    /// The ingress controller's default certificate, which is good for all of the domain
    Wildcard,
    /// A certificate for each store, from cert-manager
    Issuer,
}
