//! The settings of a running runner, each by flag or by environment.

mod limits;

use std::net::SocketAddr;

use clap::Parser;

use self::limits::IMAGE_PULL_GRACE;
pub use self::limits::{ENDPOINTS_GRACE, Limits, RELEASE_LIMIT};
use crate::settings::{DATABASE_START, StoreSettings};

/// The settings of a running runner.
#[derive(Clone, Debug, Parser)]
pub struct Config {
    /// Name of the DynamoDB table
    #[arg(long, env, value_parser = table_name)]
    pub table_name: String,

    /// URL of the SQS queue of jobs
    #[arg(long, env, value_parser = queue_url)]
    pub queue_url: String,

    /// URL of the SQS queue of hints at notices for webhooks; without one they are sent a minute later
    #[arg(long, env, value_parser = queue_url)]
    pub notices_queue_url: Option<String>,

    /// Address and port of /healthz, /readyz and /metrics; port 0 takes a free one, which the log names
    #[arg(long, env, default_value = "127.0.0.1:9090")]
    pub listen: SocketAddr,

    /// How lines are logged; RUST_LOG says which
    #[arg(long, env, default_value = "json")]
    pub log_format: LogFormat,

    /// Limits of the work
    #[command(flatten)]
    pub limits: Limits,

    /// What stores have in common
    #[command(flatten)]
    pub store: StoreSettings,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    Pretty,
}

/// What is waited for, and the deadline of whoever waits for it: sound each by itself, and not together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {seconds}, and must be {relation} {deadline}, {limit}")]
pub struct DeadlineFault {
    setting: &'static str,
    seconds: u64,
    relation: &'static str,
    deadline: &'static str,
    limit: u64,
}

impl Config {
    /// All that does not fit into its deadline. What nobody has set fits by itself: a deadline that ends before
    /// it comes first, as it should.
    #[must_use]
    pub fn faults(&self) -> Vec<DeadlineFault> {
        let Limits { image_pull_grace_seconds: grace, .. } = self.limits;
        let (provision, operation) =
            (self.limits.provision_deadline_seconds, self.limits.operation_deadline_seconds);
        let start = u64::from(self.store.database_start_seconds);
        let (set_grace, set_start) = (grace != IMAGE_PULL_GRACE, start != u64::from(DATABASE_START));
        let fault = |setting, seconds, relation, deadline, limit| DeadlineFault {
            setting,
            seconds,
            relation,
            deadline,
            limit,
        };
        let mut faults = Vec::new();
        if set_grace && grace >= provision {
            let (setting, deadline) = ("IMAGE_PULL_GRACE_SECONDS", "PROVISION_DEADLINE_SECONDS");
            faults.push(fault(setting, grace, "less than", deadline, provision));
        }
        for (deadline, limit) in
            [("PROVISION_DEADLINE_SECONDS", provision), ("OPERATION_DEADLINE_SECONDS", operation)]
        {
            if set_start && start > limit {
                faults.push(fault("DATABASE_START_SECONDS", start, "at most", deadline, limit));
            }
        }
        faults
    }
}

/// As DynamoDB takes them.
pub(crate) fn table_name(text: &str) -> Result<String, &'static str> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if (3..=255).contains(&text.len()) && text.bytes().all(valid) {
        Ok(text.to_owned())
    } else {
        Err("must be 3 to 255 letters, digits, underscores, full stops and hyphens")
    }
}

fn queue_url(text: &str) -> Result<String, &'static str> {
    let url: Option<http::Uri> = text.parse().ok();
    let is_http = |url: &http::Uri| matches!(url.scheme_str(), Some("http" | "https"));
    match url.filter(is_http).filter(|url| url.path().len() > 1) {
        Some(_) => Ok(text.to_owned()),
        None => Err("must be a URL such as https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"),
    }
}
