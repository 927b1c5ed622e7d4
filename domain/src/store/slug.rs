//! The id of a store: a host label and the end of its namespace's name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A store's id: lower-case ASCII letters and digits in groups joined by single hyphens, at most 50
/// characters. It is a DNS label (RFC 1123), and `store-<slug>` is one too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(value_type = String, max_length = 50, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("my-test-shop"))
)]
#[serde(into = "String", try_from = "String")]
pub struct Slug(String);

/// The text is not a slug, so no store can have it as its id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a store id: lower-case letters and digits, joined by single hyphens")]
pub struct SlugError {
    text: String,
}

impl Slug {
    const MAX: usize = 50;

    /// Takes `text` if it is a slug already; nothing is changed to make it one.
    ///
    /// # Errors
    /// [`SlugError`] when it is not.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let group = |group: &str| {
            !group.is_empty() && group.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if text.len() <= Self::MAX && text.split('-').all(group) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError { text: text.to_owned() })
        }
    }

    /// The slug of a name that [`crate::store::name::StoreName`] has already found valid.
    pub(crate) fn of_name(name: &str) -> Self {
        let groups: Vec<_> = name.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        Self(groups.join("-").to_ascii_lowercase())
    }

    /// The namespace that the store of this id lives in.
    #[must_use]
    pub fn namespace(&self) -> String {
        format!("store-{}", self.0)
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn runs_of_separators_become_one_hyphen() {
        assert_eq!(Slug::of_name("My Test Shop").as_str(), "my-test-shop");
        assert_eq!(Slug::of_name("A - B").as_str(), "a-b");
    }

    #[test]
    fn what_is_not_a_slug_is_refused() {
        for text in [
            "",
            "-",
            "a--b",
            "-a",
            "a-",
            "A",
            "a b",
            " a",
            "a\n",
            "a\0",
            "ä",
            "а",
            "１",
            "a/b",
            "../tokens",
            "..",
            ".",
            "a.b",
            "a#b",
            "a?b",
            "a\\b",
            "a%2fb",
            "%61",
            "a_b",
            "a:b",
            "a+b",
            "a&b",
            "a;b",
            &"a".repeat(51),
        ] {
            assert!(Slug::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_can_stand_in_a_path_as_it_is(text in "\\PC{0,6}[a-z0-9#?%/.\\\\-]{1,6}") {
            if let Ok(slug) = Slug::parse(&text) {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                prop_assert!(slug.as_str().bytes().all(plain));
            }
        }

        #[test]
        fn a_slug_is_a_dns_label_with_room_for_the_namespace(text in "[a-z0-9-]{0,60}") {
            if let Ok(slug) = Slug::parse(&text) {
                let namespace = slug.namespace();
                prop_assert!(namespace.len() <= 63);
                prop_assert!(!slug.as_str().starts_with("xn--"));
                prop_assert!(!namespace.ends_with('-'));
            }
        }
    }
}
