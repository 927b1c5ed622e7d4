//! What is asked of the log of one of a store's components, and what the answer has of it.

use serde::{Deserialize, Serialize};

use crate::values::timestamp::Timestamp;

/// A part of a store that has pods of its own.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Component {
    /// The shop.
    Wordpress,
    /// Its database.
    Mysql,
    /// The job that installs the shop, or brings it up to another image.
    Setup,
}

impl Component {
    /// Its name, which its objects and its container have too.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How many lines are asked for, from the end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct Tail(u32);

/// That many lines can't be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} lines", Tail::MIN, Tail::MAX)]
pub struct TailError;

impl Tail {
    /// The fewest.
    pub const MIN: u32 = 1;
    /// The most.
    pub const MAX: u32 = 2000;

    /// The last `lines` lines.
    ///
    /// # Errors
    /// [`TailError`] outside [`Self::MIN`] to [`Self::MAX`].
    pub fn new(lines: u32) -> Result<Self, TailError> {
        if (Self::MIN..=Self::MAX).contains(&lines) { Ok(Self(lines)) } else { Err(TailError) }
    }

    /// The last `lines` lines, or as many as can be asked for.
    #[must_use]
    pub const fn clamped(lines: u32) -> Self {
        Self(if lines < Self::MIN {
            Self::MIN
        } else if lines > Self::MAX {
            Self::MAX
        } else {
            lines
        })
    }

    /// The number of lines.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// Where nobody says how many.
impl Default for Tail {
    fn default() -> Self {
        Self(200)
    }
}

impl TryFrom<u32> for Tail {
    type Error = TailError;

    fn try_from(lines: u32) -> Result<Self, TailError> {
        Self::new(lines)
    }
}

impl From<Tail> for u32 {
    fn from(tail: Tail) -> Self {
        tail.get()
    }
}

/// Which lines of which log are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogQuery {
    /// Whose.
    pub component: Component,
    /// How many of the last lines, at most.
    #[serde(default)]
    pub tail: Tail,
    /// Only those from this instant on; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Timestamp>,
    /// Of the container that was there before the present one, which is what a restarted one leaves.
    #[serde(default)]
    pub previous: bool,
}

impl LogQuery {
    /// As many of the last lines of `component` as an answer has where nobody says how many.
    #[must_use]
    pub fn of(component: Component) -> Self {
        Self { component, tail: Tail::default(), since: None, previous: false }
    }
}

/// One line of a log, without its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// When the container wrote it; absent where the cluster does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
    /// What it says. The values of the store's secrets are replaced by `…`, and bytes that are no UTF-8 by
    /// U+FFFD.
    pub text: String,
}

/// Lines from the end of a container's log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LogExcerpt {
    /// The pod.
    pub pod: String,
    /// Its container.
    pub container: String,
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Whether there was more than an answer has: older lines, or the beginning of the first one,
    /// are left out.
    pub truncated: bool,
}

impl LogExcerpt {
    /// How much an answer has, in bytes of the lines' text, each with its end. With the time stamps of
    /// [`Tail::MAX`] lines it stays below the 400 KB that DynamoDB allows an item.
    pub const MAX_BYTES: usize = 256 * 1024;
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn a_tail_has_between_one_and_two_thousand_lines() {
        assert_eq!([0, 1, 2000, 2001].map(|lines| Tail::new(lines).is_ok()), [false, true, true, false]);
        assert!(Tail::new(Tail::default().get()).is_ok());
        assert_eq!([0, 40, 2001].map(|lines| Tail::clamped(lines).get()), [1, 40, 2000]);
        assert!(serde_json::from_value::<Tail>(json!(2001)).is_err(), "nor may it be read");
    }

    #[test]
    fn a_query_is_read_back_as_it_was_written_and_needs_no_more_than_a_component() {
        for component in Component::VARIANTS {
            let short = LogQuery::of(*component);
            let read: LogQuery = serde_json::from_value(json!({ "component": component.as_str() })).unwrap();
            assert_eq!(read, short);
            let whole = LogQuery { since: Some(Timestamp::now()), previous: true, ..short };
            let written = serde_json::to_value(whole).unwrap();
            assert_eq!(serde_json::from_value::<LogQuery>(written).unwrap(), whole);
        }
    }
}
