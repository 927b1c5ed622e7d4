//! Who checks stores' pages, and where.

use clap::Args;

use super::parse;

/// The runner's own pods, as stores know them.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Checks of stores' pages")]
pub struct CheckSettings {
    /// Namespace of the runner's own pods, which are let in to shops, and ask each for its front page and its
    /// checkout. Unless set, as of a runner outside of the cluster, no page is asked for
    #[arg(long, env = "RUNNER_NAMESPACE", value_parser = parse::dns_label)]
    pub runner_namespace: Option<String>,

    /// Labels `key=value`, comma between, of the runner's own pods; without any, all pods of RUNNER_NAMESPACE are
    /// let in
    #[arg(long, env = "RUNNER_LABELS", value_delimiter = ',', value_parser = parse::label)]
    pub runner_labels: Vec<(String, String)>,

    /// Where stores are asked whether they answer by https, where that is their address: `HOST:PORT` of what leads
    /// visitors to them, as the runner reaches it. Unless set, where RUNNER_NAMESPACE is, at each store's own host
    #[arg(long, env = "HTTPS_CHECK_ADDRESS", value_parser = parse::host_and_port)]
    pub https_check_address: Option<String>,
}

impl CheckSettings {
    /// Whether stores are asked for anything.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.runner_namespace.is_some() || self.https_check_address.is_some()
    }
}
