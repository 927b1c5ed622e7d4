//! Addresses that no stranger's URL may lead to: all but those of the public internet.
//!
//! After IANA's registries of special-purpose addresses (RFC 6890) for IPv4 and IPv6. Of IPv6 only `2000::/3` is given
//! out to hosts, so all else is refused, whether it has a row or not. An address that carries another one inside
//! (IPv4-mapped, NAT64, 6to4, Teredo) is refused whatever it carries: a name of the public internet has no need of
//! one, and who takes it apart is the network behind us, in its own way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is reserved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Reserved {
    /// This host, or no host: `0.0.0.0/8` and `::`.
    Unspecified,
    /// This host: `127.0.0.0/8` and `::1`.
    Loopback,
    /// Networks of one's own (RFC 1918).
    Private,
    /// The same in IPv6 (RFC 4193).
    #[strum(serialize = "unique local")]
    UniqueLocal,
    /// What the same in IPv6 was before (RFC 3879).
    #[strum(serialize = "site-local")]
    SiteLocal,
    /// One link (RFC 3927, RFC 4291).
    #[strum(serialize = "link-local")]
    LinkLocal,
    /// Between a carrier and its customers (RFC 6598).
    #[strum(serialize = "carrier-grade NAT")]
    CarrierGradeNat,
    /// A cloud's service for what runs in it, which may give out credentials.
    Metadata,
    /// Many hosts at once.
    Multicast,
    /// All hosts of a link.
    Broadcast,
    /// Examples in texts (RFC 5737, RFC 3849, RFC 9637).
    Documentation,
    /// Measurements in laboratories (RFC 2544, RFC 5180).
    Benchmarking,
    /// An IPv4 address as an IPv6 socket has it.
    #[strum(serialize = "IPv4-mapped")]
    Ipv4Mapped,
    /// What that was before.
    #[strum(serialize = "IPv4-compatible")]
    Ipv4Compatible,
    /// An IPv4 address behind a translator (RFC 6052, RFC 8215).
    #[strum(serialize = "NAT64")]
    Nat64,
    /// An IPv4 address as a router of IPv6 (RFC 3056), or the way to one (RFC 7526).
    #[strum(serialize = "6to4")]
    SixToFour,
    /// An IPv4 address behind a tunnel (RFC 4380).
    #[strum(serialize = "Teredo")]
    Teredo,
    /// Protocols' own addresses (RFC 6890, RFC 2928).
    #[strum(serialize = "protocol")]
    Protocol,
    /// Given to nobody yet, or to what is no host.
    Reserved,
}

use Reserved::{
    Benchmarking, Broadcast, CarrierGradeNat, Documentation, Ipv4Compatible, Ipv4Mapped, LinkLocal, Loopback,
    Metadata, Multicast, Nat64, Private, Protocol, SiteLocal, SixToFour, Teredo, UniqueLocal, Unspecified,
};

/// Networks of IPv4, each with the bits of its prefix; the first that an address is in counts.
const IPV4: &[([u8; 4], u32, Reserved)] = &[
    // AWS, Google Cloud, Azure, Oracle and others; then the ECS task's, EKS' pod identity, DNS and time in AWS.
    ([169, 254, 169, 254], 32, Metadata),
    ([169, 254, 170, 2], 32, Metadata),
    ([169, 254, 170, 23], 32, Metadata),
    ([169, 254, 169, 253], 32, Metadata),
    ([169, 254, 169, 123], 32, Metadata),
    // Alibaba Cloud.
    ([100, 100, 100, 200], 32, Metadata),
    // Azure's wire server, on an address that looks like anybody's.
    ([168, 63, 129, 16], 32, Metadata),
    // Oracle Cloud.
    ([192, 0, 0, 192], 32, Metadata),
    ([0, 0, 0, 0], 8, Unspecified),
    ([10, 0, 0, 0], 8, Private),
    ([100, 64, 0, 0], 10, CarrierGradeNat),
    ([127, 0, 0, 0], 8, Loopback),
    ([169, 254, 0, 0], 16, LinkLocal),
    ([172, 16, 0, 0], 12, Private),
    ([192, 0, 0, 0], 24, Protocol),
    ([192, 0, 2, 0], 24, Documentation),
    // The servers for reverse names of private addresses (RFC 7534, RFC 7535), and multicast's relays (RFC 7450).
    ([192, 31, 196, 0], 24, Protocol),
    ([192, 52, 193, 0], 24, Protocol),
    ([192, 175, 48, 0], 24, Protocol),
    ([192, 88, 99, 0], 24, SixToFour),
    ([192, 168, 0, 0], 16, Private),
    ([198, 18, 0, 0], 15, Benchmarking),
    ([198, 51, 100, 0], 24, Documentation),
    ([203, 0, 113, 0], 24, Documentation),
    ([224, 0, 0, 0], 4, Multicast),
    ([255, 255, 255, 255], 32, Broadcast),
    ([240, 0, 0, 0], 4, Reserved::Reserved),
];

/// The same of IPv6.
const IPV6: &[([u16; 8], u32, Reserved)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, Unspecified),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, Loopback),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, Ipv4Mapped),
    // The same as translators write it (RFC 2765).
    ([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, Ipv4Mapped),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, Ipv4Compatible),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, Nat64),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, Nat64),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Teredo),
    ([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, Benchmarking),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Protocol),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Documentation),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, SixToFour),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, Protocol),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Documentation),
    // AWS: metadata, DNS, time, and EKS' pod identity.
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, Metadata),
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253], 128, Metadata),
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x123], 128, Metadata),
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128, Metadata),
    // Google Cloud.
    ([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, Metadata),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, UniqueLocal),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LinkLocal),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, SiteLocal),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Multicast),
];

/// The part of IPv6 that is given out to hosts.
const GLOBAL_IPV6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What `address` is reserved for; `None` if it is one of the public internet.
#[must_use]
pub fn reserved(address: IpAddr) -> Option<Reserved> {
    match address {
        IpAddr::V4(address) => reserved_ipv4(address),
        IpAddr::V6(address) => reserved_ipv6(address),
    }
}

fn reserved_ipv4(address: Ipv4Addr) -> Option<Reserved> {
    let row = IPV4.iter().find(|(network, prefix, _)| {
        let outside = u32::from(address) ^ u32::from(Ipv4Addr::from(*network));
        outside.leading_zeros() >= *prefix
    });
    row.map(|(_, _, reserved)| *reserved)
}

fn reserved_ipv6(address: Ipv6Addr) -> Option<Reserved> {
    let is_in = |network: [u16; 8], prefix: u32| {
        let outside = u128::from(address) ^ u128::from(Ipv6Addr::from(network));
        outside.leading_zeros() >= prefix
    };
    let row = IPV6.iter().find(|(network, prefix, _)| is_in(*network, *prefix));
    match row {
        Some((_, _, reserved)) => Some(*reserved),
        None if is_in(GLOBAL_IPV6.0, GLOBAL_IPV6.1) => None,
        None => Some(Reserved::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::VariantArray as _;

    use super::*;

    /// The first and the last address of each network that is refused, with what lies between where that is
    /// something else.
    const REFUSED: &[(&str, Reserved)] = &[
        ("0.0.0.0", Unspecified),
        ("0.255.255.255", Unspecified),
        ("10.0.0.0", Private),
        ("10.255.255.255", Private),
        ("100.64.0.0", CarrierGradeNat),
        ("100.127.255.255", CarrierGradeNat),
        ("100.100.100.200", Metadata),
        ("127.0.0.0", Loopback),
        ("127.0.0.1", Loopback),
        ("127.255.255.255", Loopback),
        ("168.63.129.16", Metadata),
        ("169.254.0.0", LinkLocal),
        ("169.254.169.123", Metadata),
        ("169.254.169.253", Metadata),
        ("169.254.169.254", Metadata),
        ("169.254.170.2", Metadata),
        ("169.254.170.23", Metadata),
        ("169.254.255.255", LinkLocal),
        ("172.16.0.0", Private),
        ("172.31.255.255", Private),
        ("192.0.0.0", Protocol),
        ("192.0.0.192", Metadata),
        ("192.0.0.255", Protocol),
        ("192.0.2.0", Documentation),
        ("192.0.2.255", Documentation),
        ("192.31.196.1", Protocol),
        ("192.52.193.1", Protocol),
        ("192.88.99.0", SixToFour),
        ("192.88.99.255", SixToFour),
        ("192.168.0.0", Private),
        ("192.168.255.255", Private),
        ("192.175.48.1", Protocol),
        ("198.18.0.0", Benchmarking),
        ("198.19.255.255", Benchmarking),
        ("198.51.100.0", Documentation),
        ("198.51.100.255", Documentation),
        ("203.0.113.0", Documentation),
        ("203.0.113.255", Documentation),
        ("224.0.0.0", Multicast),
        ("239.255.255.255", Multicast),
        ("240.0.0.0", Reserved::Reserved),
        ("255.255.255.254", Reserved::Reserved),
        ("255.255.255.255", Broadcast),
        ("::", Unspecified),
        ("::1", Loopback),
        ("::2", Ipv4Compatible),
        ("::127.0.0.1", Ipv4Compatible),
        ("::8.8.8.8", Ipv4Compatible),
        ("::ffff:0.0.0.0", Ipv4Mapped),
        ("::ffff:127.0.0.1", Ipv4Mapped),
        ("::ffff:169.254.169.254", Ipv4Mapped),
        ("::ffff:8.8.8.8", Ipv4Mapped),
        ("::ffff:0:127.0.0.1", Ipv4Mapped),
        ("::1:0:0:0", Reserved::Reserved),
        ("64:ff9b::127.0.0.1", Nat64),
        ("64:ff9b::8.8.8.8", Nat64),
        ("64:ff9b:1::", Nat64),
        ("64:ff9b:1:ffff:ffff:ffff:10.0.0.1", Nat64),
        ("64:ff9b:2::", Reserved::Reserved),
        ("100::1", Reserved::Reserved),
        ("100:0:0:1::1", Reserved::Reserved),
        ("1fff:ffff::", Reserved::Reserved),
        ("2001::", Teredo),
        ("2001:0:7f00:1::", Teredo),
        ("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", Teredo),
        ("2001:1::1", Protocol),
        ("2001:2::", Benchmarking),
        ("2001:2:0:ffff:ffff:ffff:ffff:ffff", Benchmarking),
        ("2001:10::", Protocol),
        ("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Protocol),
        ("2001:db8::", Documentation),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Documentation),
        ("2002::", SixToFour),
        ("2002:7f00:1::", SixToFour),
        ("2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SixToFour),
        ("2620:4f:8000::1", Protocol),
        ("3fff::", Documentation),
        ("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Documentation),
        ("4000::", Reserved::Reserved),
        ("5f00::1", Reserved::Reserved),
        ("fc00::", UniqueLocal),
        ("fd00:ec2::23", Metadata),
        ("fd00:ec2::123", Metadata),
        ("fd00:ec2::253", Metadata),
        ("fd00:ec2::254", Metadata),
        ("fd20:ce::254", Metadata),
        ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", UniqueLocal),
        ("fe00::", Reserved::Reserved),
        ("fe80::", LinkLocal),
        ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", LinkLocal),
        ("fec0::", SiteLocal),
        ("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SiteLocal),
        ("ff00::", Multicast),
        ("ff02::1", Multicast),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Multicast),
    ];

    /// Public ones, most of them the neighbours of those above.
    const PUBLIC: &[&str] = &[
        "1.0.0.0",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::",
        "2001:4860:4860::8888",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::",
        "2606:4700:4700::1111",
        "2620:4f:8001::",
        "2a00:1450:4001:81b::200e",
        "3ffe:ffff::",
        "3fff:1000::",
    ];

    #[test]
    fn each_address_that_is_not_public_is_refused_for_what_it_is() {
        for (text, expected) in REFUSED {
            assert_eq!(reserved(text.parse().unwrap()), Some(*expected), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_not_refused() {
        for text in PUBLIC {
            assert_eq!(reserved(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn each_kind_has_its_cases() {
        let tried: HashSet<_> = REFUSED.iter().map(|(_, reserved)| *reserved).collect();
        assert_eq!(tried.len(), Reserved::VARIANTS.len());
    }

    #[test]
    fn each_network_is_written_by_its_first_address() {
        for (network, prefix, _) in IPV4 {
            let zeros = u32::from(Ipv4Addr::from(*network)).trailing_zeros();
            assert!(zeros >= 32 - prefix, "{network:?}/{prefix}");
        }
        for (network, prefix, _) in IPV6 {
            let zeros = u128::from(Ipv6Addr::from(*network)).trailing_zeros();
            assert!(zeros >= 128 - prefix, "{network:?}/{prefix}");
        }
    }
}
