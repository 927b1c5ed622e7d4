//! What was done, as the audit trail calls it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use strum::VariantArray as _;

use crate::operation::kind::OperationKind;

/// What was done. Its text is what entries call it, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A store was asked for.
    CreateStore,
    /// A store's deletion was asked for.
    DeleteStore,
    /// A failed store was to be tried again.
    RetryStore,
    /// What needs somebody of a store was muted.
    MuteStore,
    /// It was to be heard again.
    UnmuteStore,
    /// An operation was asked for.
    Operation(OperationKind),
    /// A token was issued.
    IssueToken,
    /// A token was revoked.
    RevokeToken,
    /// Something was done with an endpoint of webhooks.
    Webhook(WebhookAction),
}

/// What was done with an endpoint of webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum WebhookAction {
    /// It was made.
    Create,
    /// It was changed.
    Update,
    /// It was deleted.
    Delete,
    /// It got another secret.
    RotateSecret,
    /// It was tried out.
    Test,
    /// It was enabled again.
    Enable,
    /// It was gone or failed for days, and was disabled.
    Disable,
    /// It was to get again what it missed.
    Replay,
    /// One of its deliveries was to be tried again.
    Retry,
}

impl Action {
    /// All actions.
    pub fn all() -> impl Iterator<Item = Self> {
        let stores =
            [Self::CreateStore, Self::DeleteStore, Self::RetryStore, Self::MuteStore, Self::UnmuteStore];
        let operations = OperationKind::all().map(Self::Operation);
        let webhooks = WebhookAction::VARIANTS.iter().copied().map(Self::Webhook);
        stores.into_iter().chain(operations).chain([Self::IssueToken, Self::RevokeToken]).chain(webhooks)
    }
}

/// As entries call it: `store.reset-password`.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateStore => f.write_str("store.create"),
            Self::DeleteStore => f.write_str("store.delete"),
            Self::RetryStore => f.write_str("store.retry"),
            Self::MuteStore => f.write_str("store.mute"),
            Self::UnmuteStore => f.write_str("store.unmute"),
            Self::Operation(kind) => write!(f, "store.{kind}"),
            Self::IssueToken => f.write_str("token.issue"),
            Self::RevokeToken => f.write_str("token.revoke"),
            Self::Webhook(action) => write!(f, "webhook.{action}"),
        }
    }
}

/// The text is no action's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no action of the audit trail")]
pub struct ActionError;

impl FromStr for Action {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|action| action.to_string() == text).ok_or(ActionError)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| de::Error::custom(format_args!("{text:?} {error}")))
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Action {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let texts: Vec<_> = Self::all().map(|action| action.to_string()).collect();
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("What was done. Its text is what entries call it, and never changes."))
            .enum_values(Some(texts))
            .into()
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Action {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_by_its_text_which_never_changes() {
        let texts: Vec<_> = Action::all().map(|action| action.to_string()).collect();
        assert_eq!(
            texts,
            [
                "store.create",
                "store.delete",
                "store.retry",
                "store.mute",
                "store.unmute",
                "store.restart",
                "store.reset-password",
                "store.hibernate",
                "store.resume",
                "store.suspend",
                "store.unsuspend",
                "store.upgrade",
                "store.reveal-credentials",
                "store.logs",
                "token.issue",
                "token.revoke",
                "webhook.create",
                "webhook.update",
                "webhook.delete",
                "webhook.rotate-secret",
                "webhook.test",
                "webhook.enable",
                "webhook.disable",
                "webhook.replay",
                "webhook.retry",
            ]
        );
        for action in Action::all() {
            let json = serde_json::to_string(&action).unwrap();
            assert_eq!(json, format!("{:?}", action.to_string()));
            assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), action);
        }
        assert!(serde_json::from_str::<Action>("\"store.unknown\"").is_err());
    }
}
