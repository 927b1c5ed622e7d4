//! Why somebody asked for something, in their own words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why somebody asked for something, for whoever looks later: 1 to 200 characters in one line, not only white space.
///
/// It is plain text, and is shown as such wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "schema",
    schema(
        value_type = String,
        min_length = 1,
        max_length = 200,
        pattern = "^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$",
        examples("It sells what nobody may sell.")
    )
)]
#[serde(transparent)]
pub struct Reason(String);

/// The text is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {max} characters, all in one line", max = Reason::MAX)]
pub struct ReasonError;

impl Reason {
    /// The greatest number of characters.
    pub const MAX: usize = 200;

    /// Takes `typed` without the white space around it.
    ///
    /// # Errors
    /// [`ReasonError`] where nothing is left, where it is too long, or where it has more than one line.
    pub fn parse(typed: &str) -> Result<Self, ReasonError> {
        let is_one_line = !typed.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
        let text = typed.trim();
        if text.is_empty() || typed.chars().count() > Self::MAX || !is_one_line {
            return Err(ReasonError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(
            Reason::parse("  known, and mended on Monday ").unwrap().as_str(),
            "known, and mended on Monday"
        );
        let longest = "ä".repeat(Reason::MAX);
        assert_eq!(Reason::parse(&longest).unwrap().as_str(), longest);
        let longer = "x".repeat(Reason::MAX + 1);
        for typed in ["", " ", "two\nlines", "two\u{2028}lines", "bell\u{7}", "line\n", &longer] {
            assert_eq!(Reason::parse(typed), Err(ReasonError), "{typed:?}");
        }
    }
}
