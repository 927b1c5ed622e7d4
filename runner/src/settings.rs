//! What the stores of an installation have in common: the values behind every manifest.

use clap::{Args, ValueEnum};

/// Settings of every store's manifests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores")]
pub struct StoreSettings {
    /// Domain under which every store has its host: `<id>.<domain>`
    #[arg(long, env = "STORE_DOMAIN", default_value = "store.127.0.0.1.nip.io")]
    pub store_domain: String,

    /// Whether stores are reached over plain HTTP or over HTTPS, ended by the ingress controller
    #[arg(long, env = "STORE_SCHEME", default_value = "http")]
    pub store_scheme: Scheme,

    /// Image with WordPress, WooCommerce and the setup script
    #[arg(long, env = "STORE_IMAGE", default_value = "shopwright/store:local")]
    pub store_image: String,

    /// Image of the database
    #[arg(long, env = "MYSQL_IMAGE", default_value = "mysql:8.4")]
    pub mysql_image: String,

    /// When images are pulled
    #[arg(long, env = "IMAGE_PULL_POLICY", default_value = "Never")]
    pub image_pull_policy: PullPolicy,

    /// Storage class of the stores' volumes
    #[arg(long, env = "STORAGE_CLASS", default_value = "standard")]
    pub storage_class: String,

    /// Ingress class of the stores' ingresses
    #[arg(long, env = "INGRESS_CLASS", default_value = "nginx")]
    pub ingress_class: String,

    /// Namespace of the ingress controller, the only one from which stores are reached
    #[arg(long, env = "INGRESS_NAMESPACE", default_value = "ingress-nginx")]
    pub ingress_namespace: String,
}

/// How a store's address begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheme {
    /// `http://`
    Http,
    /// `https://`
    Https,
}

impl Scheme {
    /// As a URL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// When an image is pulled, as Kubernetes calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum PullPolicy {
    /// At each start of a container.
    Always,
    /// Where the node has none.
    IfNotPresent,
    /// Not at all: the node must have it.
    Never,
}

impl PullPolicy {
    /// As a container spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }
}
