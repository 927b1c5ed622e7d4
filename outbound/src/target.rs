//! A URL that was checked.

use std::{fmt, net::IpAddr};

use http::{HeaderValue, uri::PathAndQuery};
use rustls::pki_types::ServerName;
use url::Url;

use crate::{address::Reserved, policy::Policy};

/// Where a call may go: the proof that a URL was checked, with the policy that its addresses are checked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    url: Url,
    is_encrypted: bool,
    host: Host,
    port: u16,
    authority: HeaderValue,
    path: PathAndQuery,
    policy: Policy,
}

/// What stands for the machine in a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// To be resolved.
    Name(String),
    /// As it is.
    Address(IpAddr),
}

/// Why a URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is longer than anybody needs.
    #[error("must have at most {max} characters, has {found}", max = Target::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// It is no URL.
    #[error("must be a URL: {0}")]
    Form(#[from] url::ParseError),
    /// It has another scheme.
    #[error("must begin with {allowed}")]
    Scheme {
        /// With what it may begin.
        allowed: &'static str,
    },
    /// It has a user or a password, which would lie in the table in clear.
    #[error("must have no user and no password")]
    Credentials,
    /// It leads to a port that is not allowed.
    #[error("must not lead to port {port}: {allowed}")]
    Port {
        /// Which.
        port: u16,
        /// Which are.
        allowed: &'static str,
    },
    /// Its host is none that a certificate could name.
    #[error("must have a host name or an address")]
    Host,
    /// Its host is an address of no public machine.
    #[error("must not lead to {address}, a {reserved} address")]
    Address {
        /// Which.
        address: IpAddr,
        /// What it is reserved for.
        reserved: Reserved,
    },
}

impl Target {
    /// The greatest number of characters of a URL.
    pub const MAX: usize = 2048;

    /// Checks `typed` by `policy`. The addresses of a name are checked when it is called, since they may change.
    ///
    /// # Errors
    /// The first rule that `typed` breaks.
    pub fn parse(typed: &str, policy: Policy) -> Result<Self, TargetError> {
        let found = typed.chars().count();
        if found > Self::MAX {
            return Err(TargetError::Length { found });
        }
        let mut url = Url::parse(typed)?;
        // It names a place in what is answered, and is never sent.
        url.set_fragment(None);
        let is_encrypted = match url.scheme() {
            "https" => true,
            "http" if policy.plain_http => false,
            _ => {
                let allowed = if policy.plain_http { "`https://` or `http://`" } else { "`https://`" };
                return Err(TargetError::Scheme { allowed });
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let port = url.port_or_known_default().ok_or(TargetError::Host)?;
        if !policy.allows_port(port) {
            let allowed = if policy.high_ports {
                "443, 80 and those from 1024 are allowed"
            } else {
                "443 and 80 are allowed"
            };
            return Err(TargetError::Port { port, allowed });
        }
        let host = match url.host().ok_or(TargetError::Host)? {
            url::Host::Domain(name) => Host::Name(name.to_owned()),
            url::Host::Ipv4(address) => Host::Address(address.into()),
            url::Host::Ipv6(address) => Host::Address(address.into()),
        };
        if let Host::Address(address) = host
            && let Some(reserved) = policy.refuses(address)
        {
            return Err(TargetError::Address { address, reserved });
        }
        let path = url[url::Position::BeforePath..].parse().map_err(|_| TargetError::Host)?;
        let authority = HeaderValue::from_str(&url[url::Position::BeforeHost..url::Position::AfterPort])
            .map_err(|_| TargetError::Host)?;
        let target = Self { url, is_encrypted, host, port, authority, path, policy };
        target.server_name().ok_or(TargetError::Host)?;
        Ok(target)
    }

    /// The URL as it is called.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What `Host` says: without the port where that is the scheme's own.
    pub(crate) fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    pub(crate) fn path(&self) -> &PathAndQuery {
        &self.path
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whom the certificate must name; `None` where nobody can be named so.
    pub(crate) fn server_name(&self) -> Option<ServerName<'static>> {
        match &self.host {
            // Certificates have no dot at the end.
            Host::Name(name) => ServerName::try_from(name.strip_suffix('.').unwrap_or(name).to_owned()).ok(),
            Host::Address(address) => Some(ServerName::IpAddress((*address).into())),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Target, TargetError> {
        Target::parse(url, Policy::default())
    }

    #[test]
    fn an_https_url_of_a_public_name_or_address_is_taken_as_it_is() {
        for url in [
            "https://example.com/",
            "https://example.com/hooks?shop=1&x=%20",
            "https://example.com:80/",
            "https://8.8.8.8/hook",
            "https://[2606:4700:4700::1111]/hook",
            "https://xn--bcher-kva.example/",
        ] {
            assert_eq!(parse(url).unwrap().to_string(), url, "{url}");
        }
        let target = parse("HTTPS://Bücher.example:443/a b#part").unwrap();
        assert_eq!(target.to_string(), "https://xn--bcher-kva.example/a%20b");
        assert_eq!(target.authority(), "xn--bcher-kva.example");
        assert_eq!(target.path(), "/a%20b");
        assert_eq!(parse("https://example.com:80?q").unwrap().authority(), "example.com:80");
        assert_eq!(parse("https://[2606::1]:443").unwrap().authority(), "[2606::1]");
    }

    #[test]
    fn another_scheme_is_refused_and_http_is_a_matter_of_the_policy() {
        for url in [
            "http://example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "javascript:1",
            "data:,x",
            "wss://example.com",
        ] {
            assert_eq!(parse(url), Err(TargetError::Scheme { allowed: "`https://`" }), "{url}");
        }
        let plain = Policy { plain_http: true, ..Policy::default() };
        assert!(
            Target::parse("http://example.com", plain)
                .is_ok_and(|target| !target.is_encrypted() && target.port() == 80)
        );
        assert!(matches!(Target::parse("ftp://example.com", plain), Err(TargetError::Scheme { .. })));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in [
            "",
            "example.com",
            "/hook",
            "https://",
            "https://a b.example",
            "https://[::1",
            "https://1.2.3.4.5/",
        ] {
            assert!(matches!(parse(url), Err(TargetError::Form(_))), "{url}: {:?}", parse(url));
        }
        let long = format!("https://example.com/{}", "x".repeat(Target::MAX));
        assert_eq!(parse(&long), Err(TargetError::Length { found: 20 + Target::MAX }));
    }

    #[test]
    fn credentials_are_refused() {
        for url in [
            "https://ada@example.com",
            "https://ada:secret@example.com",
            "https://:secret@example.com",
            "https://example.com@127.0.0.1",
        ] {
            assert_eq!(parse(url), Err(TargetError::Credentials), "{url}");
        }
    }

    #[test]
    fn ports_of_other_services_are_refused() {
        for (url, port) in
            [("https://example.com:22", 22), ("https://example.com:0", 0), ("https://example.com:8443", 8443)]
        {
            assert!(
                matches!(parse(url), Err(TargetError::Port { port: found, .. }) if found == port),
                "{url}"
            );
        }
        let high = Policy { high_ports: true, ..Policy::default() };
        assert!(Target::parse("https://example.com:8443", high).is_ok());
        assert!(matches!(Target::parse("https://example.com:1023", high), Err(TargetError::Port { .. })));
    }

    #[test]
    fn an_address_is_refused_in_whatever_way_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
        ] {
            let refused = parse(&format!("https://{host}/"));
            assert!(
                matches!(refused, Err(TargetError::Address { reserved: Reserved::Loopback, .. })),
                "{host}: {refused:?}"
            );
        }
        for host in [
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::a9fe:a9fe]",
            "10.0.0.1",
            "0",
            "[fd00:ec2::254]",
        ] {
            let refused = parse(&format!("https://{host}/"));
            assert!(matches!(refused, Err(TargetError::Address { .. })), "{host}: {refused:?}");
        }
    }
}
