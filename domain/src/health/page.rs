//! What a shop's own pages say of it: whether they are there, and whether its mails go.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::values::kept_text::{WORD, within};

/// How long the line of an error may be, in bytes.
const LINE: usize = 300;

/// Whether a shop's pages are there, as the last requests for them found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Nobody has asked for them.
    #[default]
    Unasked,
    /// They are there, or have failed too seldom to say.
    Served,
    /// One has failed several times in a row.
    Failed(PageFailure),
}

/// How a page failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageFailure {
    /// Its path.
    pub path: String,
    /// The status of its answer; none where there was no answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The first line of the error.
    pub line: String,
}

impl PageFailure {
    /// One of `path`, of whose error the first line is kept, up to a bound and without what a terminal or a page
    /// would take for more than text.
    #[must_use]
    pub fn new(path: &str, status: Option<u16>, error: &str) -> Self {
        let line = error.trim().lines().next().unwrap_or_default();
        let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
        Self { path: within(WORD, path), status, line: within(LINE, line.trim()) }
    }
}

impl fmt::Display for PageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, status, line } = self;
        match status {
            Some(status) => write!(f, "The shop's page {path} fails (page_failed): it answers {status}")?,
            None => write!(f, "The shop's page {path} fails (page_failed): it does not answer")?,
        }
        if line.is_empty() { Ok(()) } else { write!(f, ", {line}") }
    }
}

/// How a shop's mails go, as it counts them itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MailHealth))]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// How many were not sent, since the shop was made.
    pub failed: u64,
    /// Why the last one was not sent, where none was sent since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
}

impl Mail {
    /// The counts, with a reason that is kept up to a bound.
    #[must_use]
    pub fn new(failed: u64, failure: Option<String>) -> Self {
        Self { failed, failure: failure.map(|text| within(LINE, text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_error_the_first_line_is_kept_as_text_and_up_to_a_bound() {
        let error =
            "\n PHP Fatal error:  Uncaught Error\u{1b}[31m: no such function\nStack trace:\n#0 secret()\n";
        let failure = PageFailure::new("/", Some(500), error);
        assert_eq!(
            failure.to_string(),
            "The shop's page / fails (page_failed): it answers 500, PHP Fatal error:  Uncaught Error[31m: no such \
             function"
        );
        let long = PageFailure::new(&"/x".repeat(1000), None, &"ä".repeat(10_000));
        assert!(long.path.len() <= WORD && long.line.len() <= LINE && long.line.contains("[…]"));
        let silent = PageFailure::new("/checkout/", None, " \n");
        assert_eq!(silent.to_string(), "The shop's page /checkout/ fails (page_failed): it does not answer");
    }
}
