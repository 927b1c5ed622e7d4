//! What is allowed beside `https` to a public address on port 443 or 80.

use std::net::IpAddr;

use crate::address::{Reserved, reserved};

/// The ports that need no allowance.
const PORTS: [u16; 2] = [443, 80];
/// Where the ports begin that anybody may listen on.
const FIRST_HIGH_PORT: u16 = 1024;

/// What is allowed. The default is the least: `https` on 443 and 80, and public addresses only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Also `http`, which anybody on the way can read and change.
    pub plain_http: bool,
    /// Also the ports from 1024.
    pub high_ports: bool,
    /// Also `127.0.0.0/8` and `::1`. Never where something listens there that trusts whoever reaches it, as in Lambda.
    pub loopback: bool,
}

impl Policy {
    /// For a stack on a machine of one's own: also `http`, high ports and loopback.
    #[must_use]
    pub fn local() -> Self {
        Self { plain_http: true, high_ports: true, loopback: true }
    }

    /// Whether calls may go to this port.
    #[must_use]
    pub fn allows_port(&self, port: u16) -> bool {
        PORTS.contains(&port) || (self.high_ports && port >= FIRST_HIGH_PORT)
    }

    /// Why calls may not go to `address`; `None` if they may.
    #[must_use]
    pub fn refuses(&self, address: IpAddr) -> Option<Reserved> {
        reserved(address).filter(|reserved| !(self.loopback && *reserved == Reserved::Loopback))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_let_in_by_its_setting_alone_and_lets_in_nothing_else() {
        let refuses = |policy: Policy, address: &str| policy.refuses(address.parse().unwrap());
        let all_but_loopback = Policy { loopback: false, ..Policy::local() };
        for address in ["127.0.0.1", "127.255.255.254", "::1"] {
            assert_eq!(refuses(all_but_loopback, address), Some(Reserved::Loopback), "{address}");
            assert_eq!(refuses(Policy::local(), address), None, "{address}");
        }
        for address in ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "::ffff:127.0.0.1", "::127.0.0.1"] {
            assert!(refuses(Policy::local(), address).is_some(), "{address}");
        }
    }

    #[test]
    fn ports_between_the_two_and_1024_are_never_allowed() {
        let (strict, local) = (Policy::default(), Policy::local());
        for port in [443, 80] {
            assert!(strict.allows_port(port) && local.allows_port(port), "{port}");
        }
        for port in [1024, 8443, 9001, 65535] {
            assert!(!strict.allows_port(port) && local.allows_port(port), "{port}");
        }
        for port in [0, 22, 25, 79, 81, 442, 444, 1023] {
            assert!(!strict.allows_port(port) && !local.allows_port(port), "{port}");
        }
    }
}
