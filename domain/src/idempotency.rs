//! Requests that carry a key, so that sending one again does nothing twice.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::principal_name::PrincipalName, store::slug::Slug, values::digest::Digest,
    webhook::endpoint_id::EndpointId,
};

/// What a caller sends as `Idempotency-Key`: 1–255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {max} visible ASCII characters", max = IdempotencyKey::MAX)]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// The greatest number of characters.
    pub const MAX: usize = 255;

    /// Takes `text` as it is.
    ///
    /// # Errors
    /// [`IdempotencyKeyError`] when it is no key.
    pub fn parse(text: &[u8]) -> Result<Self, IdempotencyKeyError> {
        let visible = (1..=Self::MAX).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(text).ok().filter(|_| visible).ok_or(IdempotencyKeyError)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request with a key. Keys are each principal's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Who sent it.
    pub principal: PrincipalName,
    /// Its key.
    pub key: IdempotencyKey,
    /// The digest of all that it asks for: two requests with one key must have the same.
    pub digest: Digest,
}

/// What a request with a key has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Made {
    /// A store, or a change of it.
    Store {
        /// Its id.
        id: Slug,
        /// Which incarnation.
        uid: Uuid,
    },
    /// An operation on a store.
    Operation {
        /// The store's id.
        id: Slug,
        /// Which incarnation.
        uid: Uuid,
        /// The operation's id.
        operation: Uuid,
    },
    /// An endpoint of webhooks, or something that was done with it.
    Webhook {
        /// Its id.
        id: EndpointId,
    },
}

impl Made {
    /// The store that it is, or is about, with its incarnation; nothing where it is about none.
    #[must_use]
    pub fn store(&self) -> Option<(&Slug, Uuid)> {
        match self {
            Self::Store { id, uid } | Self::Operation { id, uid, .. } => Some((id, *uid)),
            Self::Webhook { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_255_visible_ascii_characters() {
        let longest = "k".repeat(255);
        for key in ["k", "0198f2a0-0000-7000-8000-000000000000", "\"quoted\"", "a#b~!", &longest] {
            assert_eq!(IdempotencyKey::parse(key.as_bytes()).unwrap().to_string(), key);
        }
        for text in ["", " ", "a b", "a\t", "ä", "\x7f", &"k".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(text.as_bytes()), Err(IdempotencyKeyError), "{text:?}");
        }
    }
}
