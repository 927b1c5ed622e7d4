//! Which events an endpoint wants to hear of.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::event_type::{EventGroup, EventType};
use serde::{Deserialize, Serialize};

/// A type of event, or several: `store.ready`, `store.*`, `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum EventPattern {
    /// All there are, those that come later too.
    All,
    /// All of this group, those that come later too.
    Group(EventGroup),
    /// This one.
    One(EventType),
}

/// The text stands for no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no event's name, and neither `*` nor a group such as `store.*`")]
pub struct EventPatternError;

impl EventPattern {
    /// Whether it stands for `kind`.
    #[must_use]
    pub fn matches(self, kind: EventType) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => kind.group() == group,
            Self::One(one) => kind == one,
        }
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Group(group) => write!(f, "{group}.*"),
            Self::One(kind) => kind.fmt(f),
        }
    }
}

impl FromStr for EventPattern {
    type Err = EventPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::All);
        }
        match text.strip_suffix(".*") {
            Some(group) => group.parse().map(Self::Group).map_err(|_| EventPatternError),
            None => text.parse().map(Self::One).map_err(|_| EventPatternError),
        }
    }
}

impl From<EventPattern> for String {
    fn from(pattern: EventPattern) -> Self {
        pattern.to_string()
    }
}

impl TryFrom<String> for EventPattern {
    type Error = EventPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// What one endpoint wants to hear of: at least one pattern, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<EventPattern>", try_from = "Vec<EventPattern>")]
pub struct EventPatterns(BTreeSet<EventPattern>);

/// There is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at least one event")]
pub struct NoEventPattern;

impl EventPatterns {
    /// Whether one of them stands for `kind`.
    #[must_use]
    pub fn matches(&self, kind: EventType) -> bool {
        self.0.iter().any(|pattern| pattern.matches(kind))
    }

    /// All of them, in an order of their own.
    pub fn iter(&self) -> impl Iterator<Item = EventPattern> {
        self.0.iter().copied()
    }
}

impl From<EventPatterns> for Vec<EventPattern> {
    fn from(patterns: EventPatterns) -> Self {
        patterns.0.into_iter().collect()
    }
}

impl TryFrom<Vec<EventPattern>> for EventPatterns {
    type Error = NoEventPattern;

    fn try_from(patterns: Vec<EventPattern>) -> Result<Self, Self::Error> {
        if patterns.is_empty() { Err(NoEventPattern) } else { Ok(Self(patterns.into_iter().collect())) }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    fn matched(pattern: &str) -> Vec<EventType> {
        let pattern: EventPattern = pattern.parse().unwrap();
        EventType::VARIANTS.iter().copied().filter(|kind| pattern.matches(*kind)).collect()
    }

    #[test]
    fn a_pattern_stands_for_one_type_for_a_group_or_for_all() {
        assert_eq!(matched("*"), EventType::VARIANTS);
        assert_eq!(matched("operation.*"), [EventType::OperationSucceeded, EventType::OperationFailed]);
        assert_eq!(matched("store.health_changed"), [EventType::StoreHealthChanged]);
    }

    #[test]
    fn a_pattern_is_read_as_it_was_written() {
        let patterns = ["*", "store.*", "operation.*"]
            .into_iter()
            .chain(EventType::VARIANTS.iter().map(|kind| kind.name()));
        for text in patterns {
            assert_eq!(text.parse::<EventPattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_stands_for_nothing_is_refused() {
        for text in [
            "",
            "store",
            "store.",
            ".*",
            "**",
            "*.*",
            "shop.*",
            "store.re*",
            "Store.ready",
            "store.ready ",
            "store.*.*",
        ] {
            assert_eq!(text.parse::<EventPattern>(), Err(EventPatternError), "{text:?}");
        }
    }

    #[test]
    fn an_endpoint_has_each_pattern_once_and_at_least_one() {
        let all = |texts: &[&str]| {
            EventPatterns::try_from(texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
        };
        let patterns = all(&["store.ready", "operation.*", "store.ready"]).unwrap();
        assert_eq!(patterns.iter().count(), 2);
        assert!(patterns.matches(EventType::StoreReady) && patterns.matches(EventType::OperationFailed));
        assert!(!patterns.matches(EventType::StoreDeleted));
        assert_eq!(all(&[]), Err(NoEventPattern));
        let text = serde_json::to_string(&patterns).unwrap();
        assert_eq!(serde_json::from_str::<EventPatterns>(&text).unwrap(), patterns);
    }
}
