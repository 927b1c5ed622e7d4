//! What a principal is called.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A principal's name: 1–128 characters of ASCII letters, digits and `. _ @ : | / + - =`, which is
/// what the subjects and addresses of identity providers are made of.
///
/// There is no `#` in it, which separates the parts of the table's keys, and no white space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(
        value_type = String,
        min_length = 1,
        max_length = 128,
        pattern = "^[A-Za-z0-9._@:|/+=-]+$",
        examples("ada@example.com")
    )
)]
#[serde(into = "String", try_from = "String")]
pub struct PrincipalName(String);

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalNameError {
    /// It is empty, or too long.
    #[error("must have 1 to {max} characters, has {found}", max = PrincipalName::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// It has a character that names have not.
    #[error("must have only ASCII letters, digits and . _ @ : | / + - =")]
    Character,
}

impl PrincipalName {
    /// The greatest number of characters.
    pub const MAX: usize = 128;

    /// Takes `typed` as it is, or says what is wrong with it.
    ///
    /// # Errors
    /// The rule that `typed` breaks.
    pub fn parse(typed: &str) -> Result<Self, PrincipalNameError> {
        let found = typed.chars().count();
        if !(1..=Self::MAX).contains(&found) {
            return Err(PrincipalNameError::Length { found });
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._@:|/+-=".contains(&byte);
        if !typed.bytes().all(allowed) {
            return Err(PrincipalNameError::Character);
        }
        Ok(Self(typed.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<PrincipalName> for String {
    fn from(name: PrincipalName) -> Self {
        name.0
    }
}

impl TryFrom<String> for PrincipalName {
    type Error = PrincipalNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_addresses_are_names() {
        let longest = "a".repeat(128);
        for typed in
            ["ada", "ada@example.com", "auth0|65f0", "arn:aws:iam::1:role/Ops", "a+b=c_d-e", &longest]
        {
            assert_eq!(PrincipalName::parse(typed).unwrap().as_str(), typed);
        }
    }

    #[test]
    fn what_would_break_a_key_or_a_log_line_is_no_name() {
        for typed in ["a#b", "a b", "a\n", "ädä", "a\"b", "a{b}", "a,b"] {
            assert_eq!(PrincipalName::parse(typed), Err(PrincipalNameError::Character), "{typed:?}");
        }
        assert_eq!(PrincipalName::parse(""), Err(PrincipalNameError::Length { found: 0 }));
        assert_eq!(PrincipalName::parse(&"a".repeat(129)), Err(PrincipalNameError::Length { found: 129 }));
    }

    #[test]
    fn a_record_with_another_name_is_not_read() {
        assert!(serde_json::from_str::<PrincipalName>("\"a#b\"").is_err());
    }
}
