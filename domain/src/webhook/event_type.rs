//! The types of events, in one list: patterns, payloads and the API's description take it from here.

use serde::{Deserialize, Serialize};

/// A type of event.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum EventType {
    /// A store is up.
    #[serde(rename = "store.ready")]
    #[strum(serialize = "store.ready")]
    StoreReady,
    /// A store could not be made, or could not be deleted.
    #[serde(rename = "store.failed")]
    #[strum(serialize = "store.failed")]
    StoreFailed,
    /// A store is gone.
    #[serde(rename = "store.deleted")]
    #[strum(serialize = "store.deleted")]
    StoreDeleted,
    /// A store does better in the cluster than before, or worse.
    #[serde(rename = "store.health_changed")]
    #[strum(serialize = "store.health_changed")]
    StoreHealthChanged,
    /// An operation on a store is done.
    #[serde(rename = "operation.succeeded")]
    #[strum(serialize = "operation.succeeded")]
    OperationSucceeded,
    /// An operation on a store could not be done.
    #[serde(rename = "operation.failed")]
    #[strum(serialize = "operation.failed")]
    OperationFailed,
    /// Somebody had an endpoint tried out.
    #[serde(rename = "webhook.test")]
    #[strum(serialize = "webhook.test")]
    WebhookTest,
    /// An endpoint is notified of nothing any more: it was gone, or failed for days.
    #[serde(rename = "webhook.disabled")]
    #[strum(serialize = "webhook.disabled")]
    WebhookDisabled,
    /// An endpoint that was enabled again works.
    #[serde(rename = "webhook.recovered")]
    #[strum(serialize = "webhook.recovered")]
    WebhookRecovered,
}

impl EventType {
    /// Its name: `store.ready`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// When it is sent, as the API describes it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::StoreReady => "A store is up: `url` is where the shop answers.",
            Self::StoreFailed => "A store could not be made or deleted: `step` and `code` say why.",
            Self::StoreDeleted => "A store is gone.",
            Self::StoreHealthChanged => {
                "A store does better in the cluster than before, or worse: `from` and `to`."
            }
            Self::OperationSucceeded => {
                "An operation on a store is done: `operation` is its id, `action` its name."
            }
            Self::OperationFailed => "An operation on a store could not be done: `code` says why.",
            Self::WebhookTest => "Somebody had this webhook tried out.",
            Self::WebhookDisabled => {
                "Another webhook for the same stores was gone, or failed for days: `reason`."
            }
            Self::WebhookRecovered => "Another webhook for the same stores, which was enabled again, works.",
        }
    }

    /// What it is about.
    #[must_use]
    pub fn group(self) -> EventGroup {
        match self {
            Self::StoreReady | Self::StoreFailed | Self::StoreDeleted | Self::StoreHealthChanged => {
                EventGroup::Store
            }
            Self::OperationSucceeded | Self::OperationFailed => EventGroup::Operation,
            Self::WebhookTest | Self::WebhookDisabled | Self::WebhookRecovered => EventGroup::Webhook,
        }
    }
}

/// What several types of events are about: the first part of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::Display, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum EventGroup {
    /// A store itself.
    Store,
    /// What somebody asked of one.
    Operation,
    /// An endpoint itself.
    Webhook,
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    #[test]
    fn each_type_is_called_the_same_everywhere() {
        for kind in EventType::VARIANTS {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name(), "{kind:?}");
            assert_eq!(kind.to_string(), kind.name());
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
    }

    #[test]
    fn each_name_is_a_group_and_a_word_as_standard_webhooks_has_them() {
        for kind in EventType::VARIANTS {
            let (group, word) = kind.name().split_once('.').unwrap();
            let plain = |text: &str| {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            };
            assert!(plain(group) && plain(word), "{kind}");
            assert_eq!(kind.group().to_string(), group);
        }
    }
}
