//! Rate limits: what is limited, for whom, and in which stretch of time.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use crate::values::timestamp::Timestamp;

/// What is counted against an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Rate {
    /// Creates of stores.
    Creates,
    /// All else that changes something.
    Actions,
    /// Tokens that were presented and are not good.
    FailedAuthentications,
}

/// Whose calls are counted together: those of one IPv4 address, or of one IPv6 network of 64 bits,
/// which is the least that a provider gives to one customer.
///
/// Calls whose address is not known are counted together too, rather than not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source(Option<IpAddr>);

impl Source {
    /// The source that a call from `address` belongs to.
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Ipv6Addr::from(network).into()
            }
        }))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V4(address)) => write!(f, "{address}"),
            Some(IpAddr::V6(network)) => write!(f, "{network}/64"),
            None => f.write_str("unknown"),
        }
    }
}

/// The minute of the clock in which calls are counted together.
///
/// It is the same for all callers and all instances of a function, so that one counter can be exact;
/// the price is that twice the limit fits into the seconds around its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// In minutes since the Unix epoch.
    minute: i64,
}

impl Window {
    /// How long it is.
    pub const LENGTH: Duration = Duration::from_secs(60);

    /// The window that `now` is in.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { minute: now.as_seconds().div_euclid(60) }
    }

    /// When it ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn end(self) -> i64 {
        (self.minute + 1) * 60
    }

    /// Seconds until it ends, at least one: who waits for them is in the next.
    #[must_use]
    pub fn seconds_left(self, now: Timestamp) -> u64 {
        u64::try_from(self.end() - now.as_seconds()).unwrap_or(0).max(1)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.minute * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> String {
        Source::of(Some(address.parse().unwrap())).to_string()
    }

    #[test]
    fn an_ipv6_network_is_one_source_and_each_ipv4_address_is_one() {
        assert_eq!(source("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(source("2001:db8:1:2::"), source("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(source("2001:db8:1:2::"), source("2001:db8:1:3::"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_form_is_itself() {
        assert_eq!(source("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn calls_of_unknown_origin_are_one_source() {
        assert_eq!(Source::of(None).to_string(), "unknown");
    }

    #[test]
    fn who_waits_until_the_window_ends_is_in_the_next() {
        for now in ["2026-01-31T09:30:00Z", "2026-01-31T09:30:00.999Z", "2026-01-31T09:30:59.999Z"] {
            let now: Timestamp = now.parse().unwrap();
            let window = Window::at(now);
            let later = now.plus(Duration::from_secs(window.seconds_left(now)));
            assert_eq!(Window::at(later).minute, window.minute + 1, "{now}");
        }
    }
}
