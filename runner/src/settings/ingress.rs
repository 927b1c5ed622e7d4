//! How stores are reached from outside.

use clap::{Args, ValueEnum};

use super::parse;

/// The namespace of the retired controller's pods.
pub(super) const INGRESS_NGINX: &str = "ingress-nginx";

/// The ingress controller, and what it is asked for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' way in")]
pub struct IngressSettings {
    /// Ingress class of the stores' ingresses
    #[arg(long, env = "INGRESS_CLASS", default_value = "nginx", value_parser = parse::dns_name)]
    pub ingress_class: String,

    /// Which controller serves that class, and so which annotation gives it the greatest body
    #[arg(long, env = "INGRESS_FLAVOUR", default_value = "ingress-nginx")]
    pub ingress_flavour: IngressFlavour,

    /// Namespace of the ingress controller's pods, or of those behind the Gateway: the only one from which stores
    /// are reached. Unless set, `ingress-nginx`, or where ROUTING is `gateway` that of the Gateway
    #[arg(long, env = "INGRESS_NAMESPACE", value_parser = parse::dns_label)]
    pub ingress_namespace: Option<String>,

    /// Labels `key=value`, comma between, of those pods; without any, all pods of that namespace reach stores
    #[arg(long, env = "INGRESS_LABELS", value_delimiter = ',', value_parser = parse::label)]
    pub ingress_labels: Vec<(String, String)>,

    /// How stores get TLS, which ends before them; their addresses follow. With `issuer` Let's Encrypt makes no more
    /// than 50 certificates a week below one domain, so no more stores can be made; in production wildcard
    #[arg(long, env = "TLS", default_value = "none", default_value_if("profile", "production", "wildcard"))]
    pub tls: Tls,

    /// cert-manager's ClusterIssuer, where TLS is `issuer`
    #[arg(long, env = "CERTIFICATE_ISSUER", default_value = "letsencrypt", value_parser = parse::dns_name)]
    pub certificate_issuer: String,

    /// Where TLS is `issuer`, a store is Ready only once its certificate is issued, and fails where that does
    /// not happen in time. Without it, the store is opened at once, and its timeline and health say so
    #[arg(long, env = "CERTIFICATE_REQUIRED")]
    pub certificate_required: bool,

    /// Greatest body of a request to a store, in MiB, as it is passed on to an ingress controller that needs it. The
    /// store image itself takes 40
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

/// A controller of Ingresses, as far as Ingresses differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IngressFlavour {
    /// The controller `ingress-nginx`, which was retired in March 2026
    IngressNginx,
    /// Traefik, which has no limit of its own
    Traefik,
    /// HAProxy Ingress
    Haproxy,
    /// F5's NGINX Ingress Controller
    F5Nginx,
    /// Another one, to which nothing is passed on
    None,
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
    /// The certificate of the Gateway's listener, or the ingress controller's default one, which is good for all of
    /// the domain
    Wildcard,
    /// A certificate for each store, from cert-manager, which an Ingress asks for
    Issuer,
}
