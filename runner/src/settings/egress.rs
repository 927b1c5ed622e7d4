//! What stores reach.

use clap::{Args, ValueEnum};

use super::parse;

/// The cluster's DNS, and the world outside.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Stores' way out")]
pub struct EgressSettings {
    /// Namespace of the cluster's DNS
    #[arg(long, env = "DNS_NAMESPACE", default_value = "kube-system", value_parser = parse::dns_label)]
    pub dns_namespace: String,

    /// Labels `key=value`, comma between, of the DNS's pods
    #[arg(
        long,
        env = "DNS_LABELS",
        default_value = "k8s-app=kube-dns",
        value_delimiter = ',',
        value_parser = parse::label
    )]
    pub dns_labels: Vec<(String, String)>,

    /// Addresses of the cluster's DNS, or blocks of them, comma between, beside its pods: of a node's cache,
    /// such as 169.254.20.10, or of DNS that is no pod. EGRESS_EXCEPT does not close them
    #[arg(long, env = "DNS_ADDRESSES", value_delimiter = ',', value_parser = parse::address)]
    pub dns_addresses: Vec<String>,

    /// Ports of the cluster's DNS, comma between, by UDP and by TCP. They are the pods' own, not the
    /// Service's: OpenShift's pods listen on 5353
    #[arg(
        long,
        env = "DNS_PORTS",
        default_value = "53",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub dns_ports: Vec<u16>,

    /// What of the world outside shops may call. Payment providers, e-mail services and plugins need the
    /// internet
    #[arg(long, env = "EGRESS", default_value = "internet")]
    pub egress: Egress,

    /// Blocks of IPv4 addresses that are not the internet: private ones (RFC 1918, RFC 6598), loopback,
    /// link-local, where clouds serve instance metadata, and Azure's address for the same. Where the
    /// cluster has others of its own, add them. IPv6 is never let out
    #[arg(
        long,
        env = "EGRESS_EXCEPT",
        default_value = "10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,168.63.129.16/32,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16",
        value_delimiter = ',',
        value_parser = parse::cidr
    )]
    pub egress_except: Vec<String>,
}

/// What of the world outside shops may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Egress {
    /// The internet, on ports 80 and 443
    Internet,
    /// Nothing; WordPress knows, so that its pages do not wait for answers
    Closed,
}
