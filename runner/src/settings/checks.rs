//! Who checks stores' pages.

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
}
