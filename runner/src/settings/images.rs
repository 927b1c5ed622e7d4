//! What a store's containers run.

use clap::{Args, ValueEnum};
use domain::store::release::{Release, image::Image};

/// The images of a new store's pods; one that is there keeps those that it was made of.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' images")]
pub struct ImageSettings {
    /// Image of new stores, with WordPress, WooCommerce and the setup script; in production it has to be given
    #[arg(
        long,
        env = "STORE_IMAGE",
        default_value = "shopwright/store:local",
        default_value_if("profile", "production", None::<&'static str>),
        required_if_eq("profile", "production"),
        value_parser = Image::parse
    )]
    pub store_image: Image,

    /// Image of new stores' databases
    #[arg(long, env = "MYSQL_IMAGE", default_value = "mysql:8.4", value_parser = Image::parse)]
    pub mysql_image: Image,

    /// When images are pulled; in production Always
    #[arg(
        long,
        env = "IMAGE_PULL_POLICY",
        default_value = "Never",
        default_value_if("profile", "production", "Always")
    )]
    pub image_pull_policy: PullPolicy,
}

impl ImageSettings {
    /// What new stores are made of.
    #[must_use]
    pub fn release(&self) -> Release {
        Release::of(self.store_image.clone(), self.mysql_image.clone())
    }
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
