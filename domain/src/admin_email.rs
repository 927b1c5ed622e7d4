//! The address that a store's administrator is reached at.

use std::fmt;

use email_address::{EmailAddress, Options};
use serde::Serialize;

/// A valid e-mail address of at most 254 characters (RFC 5321, 4.5.3.1.3), in ASCII, unquoted and
/// with a dotted domain: what WordPress, which gets it in the end, takes as an address too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(value_type = String, format = "email", max_length = 254, examples("owner@example.com"))
)]
#[serde(into = "String")]
pub struct AdminEmail(String);

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminEmailError {
    /// Longer than a mail server has to take.
    #[error("must have at most {max} characters, has {found}", max = AdminEmail::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// Not of the form of an address, or of a form that WordPress refuses.
    #[error("must be an e-mail address such as owner@example.com")]
    Form,
}

impl AdminEmail {
    /// The greatest number of characters.
    pub const MAX: usize = 254;

    /// Takes `typed` as it is, or says what is wrong with it.
    ///
    /// # Errors
    /// The rule that `typed` breaks.
    pub fn parse(typed: &str) -> Result<Self, AdminEmailError> {
        let found = typed.chars().count();
        if found > Self::MAX {
            return Err(AdminEmailError::Length { found });
        }
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(typed, options).map_err(|_| AdminEmailError::Form)?;
        if !typed.is_ascii() || address.local_part().contains('"') {
            return Err(AdminEmailError::Form);
        }
        Ok(Self(typed.to_owned()))
    }

    /// Takes back what was valid when it was written: rules that came later do not make the record
    /// of a store unreadable.
    pub(crate) fn from_record(text: String) -> Self {
        Self(text)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AdminEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AdminEmail> for String {
    fn from(email: AdminEmail) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_typed() {
        for typed in ["owner@example.com", "o.w+shop@mail.example.co.uk"] {
            assert_eq!(AdminEmail::parse(typed).unwrap().as_str(), typed);
        }
    }

    #[test]
    fn what_wordpress_would_refuse_is_refused_here() {
        for typed in [
            "",
            "owner",
            "owner@",
            "@example.com",
            "owner@localhost",
            "a b@example.com",
            "\"; drop\"@example.com",
            "Owner <owner@example.com>",
            "owner@[127.0.0.1]",
            "öwner@example.com",
            "owner@example.com\n",
        ] {
            assert_eq!(AdminEmail::parse(typed), Err(AdminEmailError::Form), "{typed:?}");
        }
    }

    #[test]
    fn an_address_has_at_most_254_characters() {
        let typed = format!("{}@{}.example.com", "a".repeat(64), "b".repeat(200));
        assert_eq!(AdminEmail::parse(&typed), Err(AdminEmailError::Length { found: 277 }));
    }
}
