//! How settings that name things of a cluster are read. What the API server would refuse at a store's
//! provisioning is refused at the runner's start.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
};

use secrecy::SecretString;

/// A DNS label, RFC 1123: the name of a namespace.
pub(super) fn dns_label(text: &str) -> Result<String, String> {
    if is_label(text) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends"
            .into())
    }
}

/// A DNS name of one label or more: the name of a class, an issuer or a domain.
pub(super) fn dns_name(text: &str) -> Result<String, String> {
    if text.len() <= 253 && text.split('.').all(is_label) {
        Ok(text.to_owned())
    } else {
        Err("must be a DNS name in lower case, such as stores.example.com".into())
    }
}

/// A machine by its DNS name or its IPv4 address.
pub(super) fn host(text: &str) -> Result<String, String> {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |name: &String| name.rsplit('.').next().is_some_and(|last| !is_number(last));
    let name = dns_name(text).ok().filter(|name| is_name(name) || name.parse::<Ipv4Addr>().is_ok());
    name.ok_or_else(|| {
        "must be a DNS name in lower case or an IPv4 address, such as relay.example.com".into()
    })
}

/// A machine as [`host`] names it, and a port of it.
pub(super) fn host_and_port(text: &str) -> Result<String, String> {
    let (name, port) = text.split_once(':').ok_or("must be HOST:PORT, such as traefik.traefik.svc:443")?;
    let name = host(name)?;
    let port = Some(port).filter(|port| is_number(port)).and_then(|port| port.parse::<u16>().ok());
    let port = port.filter(|port| *port > 0).ok_or("must end with a port, such as :443")?;
    Ok(format!("{name}:{port}"))
}

/// A name that somebody signs in by.
pub(super) fn user(text: &str) -> Result<String, String> {
    if (1..=256).contains(&text.len()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 256 bytes without control characters".into())
    }
}

/// A secret. Whatever it is, it is taken: an error of the command line would quote it.
pub(super) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

/// The domain of the stores' hosts: room is left for a store's own label in front.
pub(crate) fn domain(text: &str) -> Result<String, String> {
    let name = dns_name(text)?;
    if name.len() <= 253 - 64 {
        Ok(name)
    } else {
        Err("must leave 64 characters for a store's own label".into())
    }
}

/// A block of IPv4 addresses that begins with its first, and is less than all of them: what an IP block of
/// a network policy may leave out of all addresses.
pub(super) fn cidr(text: &str) -> Result<String, String> {
    let block = text.split_once('/').and_then(|(address, length)| {
        let address: u32 = address.parse::<Ipv4Addr>().ok()?.into();
        let length: u32 = Some(length)
            .filter(|length| is_number(length))?
            .parse()
            .ok()
            .filter(|length| (1..=32).contains(length))?;
        let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
        (address & hosts == 0).then_some(())
    });
    match block {
        Some(()) => Ok(text.to_owned()),
        None => {
            Err("must be a block of IPv4 addresses that begins with its first, such as 10.0.0.0/8".into())
        }
    }
}

/// An IPv4 or IPv6 address, or a block of them that begins with its first and is less than all of them: always
/// as a block.
pub(super) fn address(text: &str) -> Result<String, String> {
    let block = || {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) if is_number(length) => (address, Some(length.parse::<u32>().ok()?)),
            Some(_) => return None,
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (bits, most) = match address {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let length = length.unwrap_or(most);
        let hosts = (1..=most).contains(&length).then(|| u128::MAX.checked_shr(128 - (most - length)))?;
        (bits & hosts.unwrap_or(0) == 0).then(|| format!("{address}/{length}"))
    };
    block().ok_or_else(|| {
        "must be an address such as 169.254.20.10, or a block that begins with its first, such as \
         169.254.20.0/24"
            .into()
    })
}

/// Digits alone: `parse` would take a sign.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `key=value`, a pod's label.
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let part = |text: &str| {
        text.len() <= 63
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && [text.bytes().next(), text.bytes().last()]
                .into_iter()
                .flatten()
                .all(|byte| byte.is_ascii_alphanumeric())
    };
    let sound = |key: &str, value: &str| {
        let (prefix, name) = key.split_once('/').unwrap_or(("none", key));
        dns_name(prefix).is_ok() && !name.is_empty() && part(name) && part(value)
    };
    match text.split_once('=') {
        Some((key, value)) if sound(key, value) => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("must be a label, such as k8s-app=kube-dns".into()),
    }
}

/// The path of secrets in an external store.
pub(super) fn secret_path(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let path = text.trim_end_matches('/');
    if !path.is_empty() && path.bytes().all(allowed) {
        Ok(path.to_owned())
    } else {
        Err("must be a path of letters, digits and -_./".into())
    }
}

fn is_label(text: &str) -> bool {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= 63
        && text.bytes().all(|byte| byte == b'-' || edge(Some(byte)))
        && edge(text.bytes().next())
        && edge(text.bytes().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_with_its_first_address() {
        for good in ["10.0.0.0/8", "128.0.0.0/1", "169.254.169.254/32"] {
            assert!(cidr(good).is_ok(), "{good}");
        }
        for bad in ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "0.0.0.0/0", "ten/8", "::/0"] {
            assert!(cidr(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_written_as_a_block_of_it_alone() {
        for (text, block) in [
            ("169.254.20.10", "169.254.20.10/32"),
            ("169.254.20.10/32", "169.254.20.10/32"),
            ("10.96.0.0/12", "10.96.0.0/12"),
            ("128.0.0.0/1", "128.0.0.0/1"),
            ("fd00:10:96::a", "fd00:10:96::a/128"),
            ("FD00::/8", "fd00::/8"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(block));
        }
        let bad = [
            "",
            "dns",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "0.0.0.0/0",
            "::/0",
            "fd00::1/64",
            "fd00::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0",
            "10.0.0.010",
            " 10.0.0.1",
            "169.254.20.10:53",
            "10.0.0.0/8/8",
        ];
        for bad in bad {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_machine_and_its_port_are_written_together() {
        for good in ["traefik.traefik.svc:443", "10.0.0.1:30443"] {
            assert_eq!(host_and_port(good).as_deref(), Ok(good));
        }
        for bad in
            ["traefik", "traefik:", "traefik:0", "traefik:65536", "traefik:+1", ":443", "a_b:443", "::1:443"]
        {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_and_labels_are_those_of_a_cluster() {
        assert!(dns_label("ingress-nginx").is_ok() && dns_label("a.b").is_err() && dns_label("-a").is_err());
        assert!(domain("store.127.0.0.1.nip.io").is_ok() && domain("Store.example").is_err());
        assert!(host("relay").is_ok() && host("relay.example.com").is_ok() && host("192.0.2.25").is_ok());
        for bad in ["", "0", "relay.0", "192.0.2.256", "relay:25", "Relay", "2001:db8::1"] {
            assert!(host(bad).is_err(), "{bad}");
        }
        assert!(user("shops@example.com").is_ok() && user("").is_err() && user("a\nb").is_err());
        assert!(domain("").is_err() && domain(&format!("{}example", "a.".repeat(100))).is_err());
        assert!(label("app.kubernetes.io/name=ingress-nginx").is_ok() && label("a=").is_ok());
        for bad in ["a", "=b", "a/=b", "a=b c", "a b=c"] {
            assert!(label(bad).is_err(), "{bad}");
        }
        assert!(secret_path("shop/stores/").is_ok_and(|path| path == "shop/stores"));
        assert!(secret_path("").is_err() && secret_path("/").is_err() && secret_path("a b").is_err());
    }
}
