//! What a list leaves out.

use serde::Serialize;

/// Which stores a list has.
#[derive(Debug, Serialize, clap::Args)]
pub(crate) struct StoreFilter {
    /// Only those of this status: Provisioning, Ready, Failed or Deleting
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Only those of this owner; for admins
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Only those that are suspended, or, with `false`, those that are not
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended: Option<bool>,
    /// Only those whose id begins so
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    /// Only those that are Ready with this power: Running, Hibernating, Hibernated, Resuming or Upgrading
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<String>,
    /// Only those that are Ready, run, and were last seen so: Healthy, Degraded, Down or Missing
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<String>,
    /// Only those that are up and whose shop is of another image than new stores get
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    outdated: bool,
}

/// Which entries a list of what needs attention has.
#[derive(Debug, Serialize, clap::Args)]
pub(crate) struct AttentionFilter {
    /// Only what is about this owner's stores; for admins
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// What is muted, too
    #[arg(long)]
    muted: bool,
}
