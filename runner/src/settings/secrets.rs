//! Where stores' secrets come from.

use clap::{Args, ValueEnum};

use super::parse;

/// The source of secrets, and where external ones lie.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' secrets")]
pub struct SecretSettings {
    /// Where a store's secrets come from, once in its life
    #[arg(long, env = "SECRETS", default_value = "generated")]
    pub secrets: SecretSource,

    /// external-secrets' ClusterSecretStore, where secrets are `external`
    #[arg(long, env = "SECRET_STORE", default_value = "shopwright", value_parser = parse::dns_name)]
    pub secret_store: String,

    /// Path in it: a store's secrets are `<path>/<id>/mysql-credentials` and
    /// `<path>/<id>/wordpress-credentials`, each an object with the Secret's keys. Passwords may have 1 to 256
    /// printable ASCII characters, but neither quotes nor backslashes, nor a blank at either end
    #[arg(long, env = "SECRET_PATH", default_value = "shopwright/stores", value_parser = parse::secret_path)]
    pub secret_path: String,
}

/// Where stores' secrets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretSource {
    /// The runner generates them
    Generated,
    /// external-secrets fetches them; a store whose secrets are not there fails
    External,
}
