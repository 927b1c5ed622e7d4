//! The name of a store as its merchant typed it.

use std::fmt;

use serde::Serialize;

use crate::store::slug::Slug;

/// A valid store name: 2–50 ASCII letters, digits, spaces and hyphens, with a letter or digit at
/// both ends, at least one letter, and a slug that is not reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(
        value_type = String,
        min_length = 2,
        max_length = 50,
        pattern = "^(?=.*[A-Za-z])(?![Xx][Nn][ -]{2})[A-Za-z0-9][A-Za-z0-9 -]*[A-Za-z0-9]$",
        examples("My Test Shop")
    )
)]
#[serde(into = "String")]
pub struct StoreName(String);

/// Why a name is refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreNameError {
    /// Shorter or longer than allowed.
    #[error("must have {min} to {max} characters, has {found}", min = StoreName::MIN, max = StoreName::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// A character that is none of the allowed ones.
    #[error("may hold only ASCII letters, digits, spaces and hyphens, not {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
    /// A space or hyphen at either end.
    #[error("must start and end with a letter or digit")]
    Edge,
    /// Digits and separators only.
    #[error("must hold at least one letter")]
    NoLetter,
    /// The prefix of internationalised host names (RFC 5891), which a browser would show as
    /// something else than what was typed.
    #[error("may not start with \"xn--\", nor with spaces in place of its hyphens")]
    Punycode,
    /// A host name that nobody gets.
    #[error(
        "is reserved: {slug:?} is an address of the platform, or one that programs look up by themselves"
    )]
    Reserved {
        /// The slug in question.
        slug: String,
    },
}

/// Host labels that nobody gets: those that the platform keeps for itself, now or perhaps later, and
/// those that programs look up by themselves in whatever domain they find themselves in, so that who
/// has one speaks for the whole domain: proxies (`wpad`, `isatap`), the settings of mail programs
/// (`autoconfig`, `autodiscover`), and policies (`mta-sts`). RFC 2142 names the roles of mailboxes.
const RESERVED: [&str; 83] = [
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "assets",
    "auth",
    "autoconfig",
    "autodiscover",
    "billing",
    "blog",
    "broadcasthost",
    "caldav",
    "carddav",
    "cdn",
    "console",
    "dashboard",
    "default",
    "dns",
    "docs",
    "email",
    "enterpriseenrollment",
    "enterpriseregistration",
    "exchange",
    "ftp",
    "gateway",
    "grafana",
    "help",
    "hostmaster",
    "imap",
    "imaps",
    "info",
    "ingress",
    "internal",
    "isatap",
    "kerberos",
    "kube-system",
    "ldap",
    "local",
    "localdomain",
    "localhost",
    "login",
    "lyncdiscover",
    "mail",
    "media",
    "metrics",
    "mta-sts",
    "mx",
    "noc",
    "ns",
    "ntp",
    "oauth",
    "oidc",
    "openpgpkey",
    "platform",
    "pop",
    "pop3",
    "postmaster",
    "proxy",
    "registry",
    "relay",
    "root",
    "security",
    "sftp",
    "shopwright",
    "signin",
    "signup",
    "sip",
    "smtp",
    "smtps",
    "ssh",
    "sso",
    "static",
    "status",
    "support",
    "usenet",
    "vpn",
    "webmail",
    "webmaster",
    "wpad",
    "www",
];

/// Those of them that hosts are numbered by: `ns1`, `mx-2` and `www3` are reserved too.
const NUMBERED: [&str; 15] = [
    "api", "cdn", "dns", "email", "ftp", "imap", "mail", "mx", "ns", "ntp", "pop", "proxy", "relay", "smtp",
    "www",
];

fn is_reserved(slug: &str) -> bool {
    let name = slug.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = name.len() < slug.len() && NUMBERED.contains(&name.trim_end_matches('-'));
    is_numbered || RESERVED.contains(&slug)
}

impl StoreName {
    /// The least number of characters.
    pub const MIN: usize = 2;
    /// The greatest number of characters.
    pub const MAX: usize = 50;

    /// Takes `typed` as it is, or says what is wrong with it.
    ///
    /// # Errors
    /// The first rule that `typed` breaks.
    pub fn parse(typed: &str) -> Result<Self, StoreNameError> {
        let found = typed.chars().count();
        if !(Self::MIN..=Self::MAX).contains(&found) {
            return Err(StoreNameError::Length { found });
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
        if let Some(found) = typed.chars().find(|c| !allowed(*c)) {
            return Err(StoreNameError::Character { found });
        }
        let separator = |c: char| c == ' ' || c == '-';
        if typed.starts_with(separator) || typed.ends_with(separator) {
            return Err(StoreNameError::Edge);
        }
        if !typed.contains(|c: char| c.is_ascii_alphabetic()) {
            return Err(StoreNameError::NoLetter);
        }
        // Spaces and hyphens mean the same in a name, so they do here too.
        let prefix = typed.get(..4).map(|prefix| prefix.replace(' ', "-"));
        if prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--")) {
            return Err(StoreNameError::Punycode);
        }
        let name = Self(typed.to_owned());
        let slug = name.slug();
        if is_reserved(slug.as_str()) {
            return Err(StoreNameError::Reserved { slug: slug.to_string() });
        }
        Ok(name)
    }

    /// The slug of this name: its letters in lower case, every run of spaces and hyphens as one
    /// hyphen. `My Test Shop` is `my-test-shop`.
    #[must_use]
    pub fn slug(&self) -> Slug {
        Slug::of_name(&self.0)
    }

    /// Takes back what was valid when it was written: rules that came later do not make the record
    /// of a store unreadable.
    pub(crate) fn from_record(text: String) -> Self {
        Self(text)
    }

    /// The name as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<StoreName> for String {
    fn from(name: StoreName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refusals_name_the_rule_that_is_broken() {
        let cases = [
            ("", StoreNameError::Length { found: 0 }),
            ("a", StoreNameError::Length { found: 1 }),
            ("Böse Käse", StoreNameError::Character { found: 'ö' }),
            ("'; drop", StoreNameError::Character { found: '\'' }),
            ("-shop", StoreNameError::Edge),
            ("shop ", StoreNameError::Edge),
            ("20-20", StoreNameError::NoLetter),
            ("XN--shop", StoreNameError::Punycode),
            ("xn  shop", StoreNameError::Punycode),
            ("Xn -shop", StoreNameError::Punycode),
            ("Admin", StoreNameError::Reserved { slug: "admin".into() }),
            ("kube  System", StoreNameError::Reserved { slug: "kube-system".into() }),
        ];
        for (typed, error) in cases {
            assert_eq!(StoreName::parse(typed), Err(error), "{typed:?}");
        }
        let long = "a".repeat(51);
        assert_eq!(StoreName::parse(&long), Err(StoreNameError::Length { found: 51 }));
    }

    #[test]
    fn addresses_that_programs_look_up_by_themselves_are_nobodys() {
        for typed in [
            "wpad",
            "WPAD",
            "ISATAP",
            "autodiscover",
            "AutoConfig",
            "MTA STS",
            "mta - sts",
            "mx",
            "MX1",
            "mx 10",
            "ns1",
            "NS2",
            "ns-3",
            "ns 04",
            "www2",
            "Mail 1",
            "smtp01",
            "postmaster",
            "webmail",
            "pop3",
            "localhost",
        ] {
            let slug = Slug::of_name(typed).to_string();
            assert_eq!(StoreName::parse(typed), Err(StoreNameError::Reserved { slug }), "{typed:?}");
        }
        for typed in
            ["Wpad Shop", "My Mail", "mxyz", "ns1a", "n s1", "Nsa 1", "Autoconfig 1", "Shop 1", "1 ns"]
        {
            assert!(StoreName::parse(typed).is_ok(), "{typed:?}");
        }
    }

    #[test]
    fn the_longest_name_is_taken() {
        assert!(StoreName::parse(&"a".repeat(50)).is_ok());
    }

    proptest! {
        #[test]
        fn every_valid_name_makes_a_valid_slug(typed in "[A-Za-z0-9][A-Za-z0-9 -]{0,48}[A-Za-z0-9]") {
            if let Ok(name) = StoreName::parse(&typed) {
                let slug = name.slug();
                prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
                prop_assert!(slug.as_str().len() <= typed.len());
            }
        }

        #[test]
        fn case_and_separators_do_not_make_another_store(typed in "[A-Za-z][A-Za-z0-9 ]{0,30}[a-z]") {
            let name = StoreName::parse(&typed).ok();
            let shouted = StoreName::parse(&typed.to_uppercase().replace(' ', "-")).ok();
            prop_assert_eq!(name.map(|n| n.slug()), shouted.map(|n| n.slug()));
        }

        #[test]
        fn nothing_a_stranger_types_makes_it_panic(typed in "\\PC{0,60}") {
            let _ = StoreName::parse(&typed);
        }
    }
}
