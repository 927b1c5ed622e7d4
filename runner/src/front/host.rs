//! Which store a request is for: by the host that it names, however that is written.

use std::net::Ipv6Addr;

use domain::store::slug::Slug;
use http::{HeaderMap, Uri, Version, header::HOST};

/// What the host of a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// A name that a store can have, whether or not one has it.
    Store(Slug),
    /// A name that no store can have.
    Nobody,
}

/// The request has no host, several, or one that is none: RFC 9112, section 3.2, has it refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request does not name one host")]
pub(super) struct HostError;

/// The domain under which every store has its host: `<id>.<domain>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain {
    /// With the full stop in front.
    suffix: String,
}

impl Domain {
    /// The domain of this name, in lower case.
    #[must_use]
    pub(super) fn new(name: &str) -> Self {
        Self { suffix: format!(".{name}") }
    }

    /// What the request with this target and these headers is for. A target in absolute form goes before the
    /// header `Host`, as RFC 9112, section 3.2.2, has it.
    ///
    /// # Errors
    /// [`HostError`].
    pub(super) fn site(
        &self,
        target: &Uri,
        version: Version,
        headers: &HeaderMap,
    ) -> Result<Site, HostError> {
        let mut hosts = headers.get_all(HOST).iter();
        let (host, second) = (hosts.next(), hosts.next());
        match (target.authority(), host, second) {
            (_, _, Some(_)) => Err(HostError),
            (Some(authority), _, None) => self.named(authority.as_str().as_bytes()),
            (None, Some(host), None) => self.named(host.as_bytes()),
            (None, None, None) if version < Version::HTTP_11 => Ok(Site::Nobody),
            (None, None, None) => Err(HostError),
        }
    }

    fn named(&self, host: &[u8]) -> Result<Site, HostError> {
        let host = str::from_utf8(host).map_err(|_| HostError)?;
        if let Some(literal) = host.strip_prefix('[') {
            let (address, rest) = literal.split_once(']').ok_or(HostError)?;
            let port = rest.strip_prefix(':').unwrap_or(rest);
            let sound = address.parse::<Ipv6Addr>().is_ok() && is_port(port) && rest.len() != port.len();
            return if sound || rest.is_empty() && address.parse::<Ipv6Addr>().is_ok() {
                Ok(Site::Nobody)
            } else {
                Err(HostError)
            };
        }
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        if !is_port(port) || !name.bytes().all(is_of_a_name) {
            return Err(HostError);
        }
        // With a full stop at its end, a name is the same name.
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let label = name.strip_suffix(&self.suffix).and_then(|label| Slug::parse(label).ok());
        Ok(label.map_or(Site::Nobody, Site::Store))
    }
}

/// RFC 3986, section 3.2.3: any number of digits, none among them.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// RFC 3986, section 3.2.2, `reg-name`.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn site(target: &str, version: Version, hosts: &[&[u8]]) -> Result<Site, HostError> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_bytes(host).unwrap());
        }
        Domain::new("shops.example.com").site(&target.parse().unwrap(), version, &headers)
    }

    fn named(host: &str) -> Result<Site, HostError> {
        site("/", Version::HTTP_11, &[host.as_bytes()])
    }

    fn store(id: &str) -> Result<Site, HostError> {
        Ok(Site::Store(Slug::parse(id).unwrap()))
    }

    #[test]
    fn a_store_is_named_by_the_label_below_the_domain_however_it_is_written() {
        for host in [
            "my-shop.shops.example.com",
            "MY-Shop.Shops.Example.COM",
            "my-shop.shops.example.com.",
            "my-shop.shops.example.com:8443",
            "my-shop.shops.example.com.:80",
            "my-shop.shops.example.com:",
        ] {
            assert_eq!(named(host), store("my-shop"), "{host}");
        }
    }

    #[test]
    fn a_name_that_no_store_can_have_is_nobodys() {
        for host in [
            "",
            ":80",
            ".",
            "shops.example.com",
            ".shops.example.com",
            "..shops.example.com",
            "a.b.shops.example.com",
            "my-shop.shops.example.com..",
            "my-shop.shops.example.com.evil.test",
            "my-shopshops.example.com",
            "-a.shops.example.com",
            "a--b.shops.example.com",
            "a_b.shops.example.com",
            "%61.shops.example.com",
            "*.shops.example.com",
            "xn--a.shops.example.com",
            "192.0.2.1",
            "192.0.2.1:80",
            "[2001:db8::1]",
            "[2001:db8::1]:8080",
            "[::1]:",
        ] {
            assert_eq!(named(host), Ok(Site::Nobody), "{host}");
        }
        let long = format!("{}.shops.example.com", "a".repeat(51));
        assert_eq!(named(&long), Ok(Site::Nobody));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in [
            "a.shops.example.com/",
            "a.shops.example.com?x",
            "a.shops.example.com#x",
            "user@a.shops.example.com",
            "a.shops.example.com, b.shops.example.com",
            "a b.shops.example.com",
            "a\\b.shops.example.com",
            "<script>.shops.example.com",
            "a.shops.example.com:80:80",
            "a.shops.example.com:http",
            "a.shops.example.com:-1",
            "::1",
            "[::1",
            "[::1]80",
            "[::1]x",
            "[a.shops.example.com]",
            "[]",
            "http://a.shops.example.com",
        ] {
            assert_eq!(named(host), Err(HostError), "{host}");
        }
        for bytes in [&b"\xff.shops.example.com"[..], "ä.shops.example.com".as_bytes()] {
            assert_eq!(site("/", Version::HTTP_11, &[bytes]), Err(HostError));
        }
    }

    #[test]
    fn one_host_is_taken_and_the_target_goes_before_the_header() {
        let (a, b) = (b"a.shops.example.com", b"b.shops.example.com");
        assert_eq!(site("/", Version::HTTP_11, &[a, b]), Err(HostError));
        assert_eq!(site("/", Version::HTTP_11, &[a, a]), Err(HostError), "also where both say the same");
        let absolute = "http://a.shops.example.com:80/path";
        assert_eq!(site(absolute, Version::HTTP_11, &[b]), store("a"));
        assert_eq!(site(absolute, Version::HTTP_11, &[b, b]), Err(HostError));
        assert_eq!(site("http://u@a.shops.example.com/", Version::HTTP_11, &[a]), Err(HostError));
        assert_eq!(site("/", Version::HTTP_11, &[]), Err(HostError));
        assert_eq!(site("/", Version::HTTP_10, &[]), Ok(Site::Nobody));
    }
}
