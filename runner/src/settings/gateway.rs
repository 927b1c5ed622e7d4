//! What brings visitors to stores: a Gateway, or an Ingress.

use clap::{Args, ValueEnum};

use super::parse;

/// The kind of the way in, and the Gateway where that is one.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' way in")]
pub struct GatewaySettings {
    /// What a store is reached by; in production gateway
    #[arg(
        long,
        env = "ROUTING",
        default_value = "ingress",
        default_value_if("profile", "production", "gateway")
    )]
    pub routing: Routing,

    /// Where ROUTING is `gateway`: the Gateway that stores' routes are for
    #[arg(long, env = "GATEWAY_NAME", default_value = "stores", value_parser = parse::dns_name)]
    pub gateway_name: String,

    /// The namespace of that Gateway
    #[arg(long, env = "GATEWAY_NAMESPACE", default_value = "gateway", value_parser = parse::dns_label)]
    pub gateway_namespace: String,

    /// The listener of that Gateway which stores are reached by; unless said, `http` where TLS is `none`, and else
    /// `https`
    #[arg(long, env = "GATEWAY_SECTION", value_parser = parse::dns_name)]
    pub gateway_section: Option<String>,

    /// Addresses or blocks of them, comma between, from which stores are reached, in the place of
    /// INGRESS_NAMESPACE and INGRESS_LABELS: of a load balancer that sends visitors to pods directly
    #[arg(long, env = "WAY_IN_CIDRS", value_delimiter = ',', value_parser = parse::address)]
    pub way_in_cidrs: Vec<String>,
}

/// What a store is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Routing {
    /// An `HTTPRoute` on a Gateway, which says whether it takes it
    Gateway,
    /// An `Ingress`
    Ingress,
}
