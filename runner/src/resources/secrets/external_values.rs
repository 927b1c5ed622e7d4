//! Which values of a store's secrets can be used, where somebody else has chosen them.
//!
//! A value goes a long way: into containers' environments, the MySQL image's SQL and option file, WordPress's
//! set-up, and a login form. What one of these takes for something else gives a shop that is up and lets
//! nobody in. The runner's own values are letters and digits and pass everywhere.

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::ResourceExt as _;

use super::secret::{
    ADMIN_PASSWORD, MYSQL_CREDENTIALS, MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, SALTS, SMTP_PASSWORD,
    WORDPRESS_CREDENTIALS,
};

/// What MySQL takes of a password, in bytes: `MAX_PLAINTEXT_LENGTH` of its `caching_sha2_password`.
const LONGEST_PASSWORD: usize = 256;
/// More than any generator of WordPress's keys and salts makes, or a relay's password has, in bytes.
const LONGEST_TEXT: usize = 4096;

/// What a value is for.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// Somebody, or the shop, logs in with it.
    Password,
    /// It is given on as it is: WordPress signs with it, or tells it the mail relay.
    Text,
}

/// Why `secret` can't be a store's, by its first key of which that is so; `None` where it can. Never says what
/// a value is.
#[must_use]
pub fn unusable(secret: &Secret) -> Option<String> {
    let name = secret.name_any();
    let passwords: &[&str] = match name.as_str() {
        MYSQL_CREDENTIALS => &[MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD],
        WORDPRESS_CREDENTIALS => &[ADMIN_PASSWORD],
        _ => &[],
    };
    let salts: &[&str] = if name == WORDPRESS_CREDENTIALS { &SALTS } else { &[] };
    let uses =
        passwords.iter().map(|key| (key, Use::Password)).chain(salts.iter().map(|key| (key, Use::Text)));
    let value = |key: &str| secret.data.as_ref().and_then(|data| data.get(key));
    let mut faults = uses.filter_map(|(key, purpose)| {
        let fault = match value(key) {
            None => "is missing",
            Some(ByteString(value)) => fault(value, purpose)?,
        };
        Some(format!("its key {key} {fault}"))
    });
    // Where it is asked for and missing, external-secrets makes no Secret at all.
    let relay = value(SMTP_PASSWORD).and_then(|ByteString(value)| fault(value, Use::Text));
    faults.next().or_else(|| relay.map(|fault| format!("its key {SMTP_PASSWORD} {fault}")))
}

/// What is wrong with a value.
fn fault(value: &[u8], purpose: Use) -> Option<&'static str> {
    if value.is_empty() {
        return Some("is empty");
    }
    match purpose {
        Use::Password => password_fault(value),
        Use::Text => text_fault(value),
    }
}

fn password_fault(value: &[u8]) -> Option<&'static str> {
    let is_blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    if value.len() > LONGEST_PASSWORD {
        Some("is longer than the 256 bytes that MySQL takes")
    } else if is_blank(value.first()) || is_blank(value.last()) {
        // Of a file that `echo` wrote, for one. WordPress trims what is typed at its login.
        Some("begins or ends with a blank or a line break, which is lost on its way")
    } else if value.iter().any(|byte| b"'\"\\".contains(byte)) {
        // WordPress hashes what wp-cli gives it as it is, and what is typed at its login with a backslash in
        // front of each of these; the MySQL image puts it between quotes, into SQL and an option file.
        Some("has a quote or a backslash, which WordPress's login and MySQL's set-up change")
    } else if !value.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        // A letter beyond ASCII has several forms in Unicode, and a keyboard gives one of them.
        Some("has a character that is no printable ASCII, which may be another one on its way")
    } else if value == b"0" {
        Some("is what PHP takes for no value at all")
    } else {
        None
    }
}

fn text_fault(value: &[u8]) -> Option<&'static str> {
    let Ok(text) = std::str::from_utf8(value) else { return Some("is no text in UTF-8") };
    if text.len() > LONGEST_TEXT {
        Some("is longer than 4096 bytes")
    } else if text.chars().any(char::is_control) {
        Some("has a control character or a line break")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn secret(name: &str, values: &[(&str, &[u8])]) -> Secret {
        let mut secret = Secret::default();
        secret.metadata.name = Some(name.into());
        let mut data: BTreeMap<String, ByteString> = BTreeMap::new();
        let keys = [MYSQL_PASSWORD, MYSQL_ROOT_PASSWORD, ADMIN_PASSWORD].into_iter().chain(SALTS);
        data.extend(keys.map(|key| (key.to_owned(), ByteString(b"as-it-should-be".to_vec()))));
        data.extend(values.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.to_vec()))));
        secret.data = Some(data);
        secret
    }

    const PASSWORDS: [(&str, &str); 3] = [
        (MYSQL_CREDENTIALS, MYSQL_PASSWORD),
        (MYSQL_CREDENTIALS, MYSQL_ROOT_PASSWORD),
        (WORDPRESS_CREDENTIALS, ADMIN_PASSWORD),
    ];

    #[test]
    fn a_password_that_something_on_its_way_changes_is_refused_by_its_key_and_not_shown() {
        let (longest, longer) = ("x".repeat(LONGEST_PASSWORD), "x".repeat(LONGEST_PASSWORD + 1));
        for (name, key) in PASSWORDS {
            for good in
                ["a", "$HOME `id` %s", "correct horse", "#!;:=@&<>|(){}[]*?,.~^_-+", "00", "-x", &longest]
            {
                assert_eq!(unusable(&secret(name, &[(key, good.as_bytes())])), None, "{good}");
            }
            for bad in [
                "se'cret",
                "se\"cret",
                "se\\cret",
                " secret",
                "secret ",
                "secret\n",
                "se\ncret",
                "secret\t",
                "se\0cret",
                "s\u{e9}cret",
                "se\u{7f}cret",
                "se\u{a0}cret",
                "",
                "0",
                &longer,
            ] {
                let fault = unusable(&secret(name, &[(key, bad.as_bytes())]));
                let fault = fault.unwrap_or_else(|| panic!("{key} may be {bad:?}"));
                assert!(fault.starts_with(&format!("its key {key} ")), "{fault}");
                assert!(!fault.contains("cret"), "{fault}");
            }
            assert!(unusable(&secret(name, &[(key, b"\xff\xfe")])).is_some(), "it is no text");
        }
    }

    #[test]
    fn salts_may_be_any_line_of_text() {
        let salted = |value: &[u8]| unusable(&secret(WORDPRESS_CREDENTIALS, &[("NONCE_SALT", value)]));
        for good in ["'\"\\ $%", "\u{e9}", " a "] {
            assert_eq!(salted(good.as_bytes()), None, "{good}");
        }
        for bad in [&b""[..], b"a\nb", b"a\0b", b"\xff", &[b'x'; LONGEST_TEXT + 1]] {
            assert!(salted(bad).is_some_and(|fault| fault.starts_with("its key NONCE_SALT ")));
        }
    }

    #[test]
    fn the_relays_password_may_be_missing_and_may_not_have_line_breaks() {
        let with = |value: &[u8]| unusable(&secret(WORDPRESS_CREDENTIALS, &[(SMTP_PASSWORD, value)]));
        assert_eq!(unusable(&secret(WORDPRESS_CREDENTIALS, &[])), None);
        assert_eq!(with(br#"it's "quoted""#), None);
        assert_eq!(with(b"").as_deref(), Some("its key smtp-password is empty"));
        let recorded = with(b"secret\n").unwrap();
        assert!(
            recorded.starts_with("its key smtp-password has a control character")
                && !recorded.contains("secret")
        );
    }

    #[test]
    fn a_key_that_is_missing_is_named() {
        let mut without = secret(WORDPRESS_CREDENTIALS, &[]);
        assert!(without.data.as_mut().unwrap().remove(ADMIN_PASSWORD).is_some());
        assert_eq!(unusable(&without).as_deref(), Some("its key admin-password is missing"));
        without.data = None;
        assert!(unusable(&without).is_some());
    }
}
