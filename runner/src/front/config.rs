//! The settings of a front, each by flag or by environment.

use std::{net::SocketAddr, time::Duration};

use clap::Parser;

use crate::{
    config::{LogFormat, table_name},
    settings::{LOCAL_DOMAIN, domain},
};

/// The settings of a front.
#[derive(Clone, Debug, Parser)]
pub struct FrontConfig {
    /// Name of the DynamoDB table, which is only read
    #[arg(long, env, value_parser = table_name)]
    pub table_name: String,

    /// Domain under which every store has its host: `<id>.<domain>`
    #[arg(long, env, default_value = LOCAL_DOMAIN, value_parser = domain)]
    pub store_domain: String,

    /// Address and port where visitors are answered; port 0 takes a free one, which the log names
    #[arg(long, env, default_value = "127.0.0.1:8080")]
    pub front_listen: SocketAddr,

    /// Address and port of /healthz, /readyz and /metrics; port 0 takes a free one, which the log names
    #[arg(long, env, default_value = "127.0.0.1:9090")]
    pub listen: SocketAddr,

    /// How long what the table says of a store is remembered, in seconds
    #[arg(long, env = "FRONT_CACHE_SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub cache_seconds: u16,

    /// How long visitors are still answered after SIGTERM, in seconds: until those that lead them here have heard
    #[arg(long, env = "FRONT_DRAIN_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=300))]
    pub drain_seconds: u16,

    /// How lines are logged; RUST_LOG says which
    #[arg(long, env, default_value = "json")]
    pub log_format: LogFormat,
}

impl FrontConfig {
    /// How long what the table says of a store is remembered.
    #[must_use]
    pub fn cache(&self) -> Duration {
        Duration::from_secs(self.cache_seconds.into())
    }

    /// How long visitors are still answered after SIGTERM.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }
}
