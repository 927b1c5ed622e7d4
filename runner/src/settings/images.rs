//! What a store's containers run.

use clap::{Args, ValueEnum};

use super::parse;

/// The images of a store's pods.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' images")]
pub struct ImageSettings {
    /// Image with WordPress, WooCommerce and the setup script; in production it has to be given
    #[arg(
        long,
        env = "STORE_IMAGE",
        default_value = "shopwright/store:local",
        default_value_if("profile", "production", None::<&'static str>),
        required_if_eq("profile", "production"),
        value_parser = parse::image
    )]
    pub store_image: String,

    /// Image of the database
    #[arg(long, env = "MYSQL_IMAGE", default_value = "mysql:8.4", value_parser = parse::image)]
    pub mysql_image: String,

    /// When images are pulled; in production Always
    #[arg(
        long,
        env = "IMAGE_PULL_POLICY",
        default_value = "Never",
        default_value_if("profile", "production", "Always")
    )]
    pub image_pull_policy: PullPolicy,
}

/// When an image is pulled, as Kubernetes calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub enum PullPolicy {
    /// At each start of a container
    Always,
    /// Where the node has none
    IfNotPresent,
    /// Not at all: the node must have it
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
