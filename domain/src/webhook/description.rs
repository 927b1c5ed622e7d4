//! What an owner says of an endpoint.

use serde::{Deserialize, Serialize};

/// What an owner says of an endpoint: 1–200 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String, min_length = 1, max_length = 200))]
#[serde(into = "String", try_from = "String")]
pub struct Description(String);

/// Why a description is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// It is empty, or too long.
    #[error("must have 1 to {max} characters, has {found}", max = Description::MAX)]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// It has a character that a terminal would obey.
    #[error("must have no control character")]
    Character,
}

impl Description {
    /// The greatest number of characters.
    pub const MAX: usize = 200;

    /// Takes `typed` without the white space around it, or says what is wrong with it.
    ///
    /// # Errors
    /// The rule that `typed` breaks.
    pub fn parse(typed: &str) -> Result<Self, DescriptionError> {
        let text = typed.trim();
        let found = text.chars().count();
        if !(1..=Self::MAX).contains(&found) {
            return Err(DescriptionError::Length { found });
        }
        if text.chars().any(char::is_control) {
            return Err(DescriptionError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Description> for String {
    fn from(description: Description) -> Self {
        description.0
    }
}

impl TryFrom<String> for Description {
    type Error = DescriptionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_a_line_for_people() {
        assert_eq!(Description::parse("  Größe ").unwrap().as_str(), "Größe");
        assert_eq!(Description::parse(" "), Err(DescriptionError::Length { found: 0 }));
        assert_eq!(Description::parse(&"x".repeat(201)), Err(DescriptionError::Length { found: 201 }));
        assert_eq!(Description::parse("a\u{1b}[2Jb"), Err(DescriptionError::Character));
    }
}
