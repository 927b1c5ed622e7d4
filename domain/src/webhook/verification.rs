//! Verifies a message as a receiver does, with what Standard Webhooks asks of its libraries.

use std::time::Duration;

use uuid::Uuid;

use super::{secret::SigningSecret, signature::SignedHeaders};
use crate::values::timestamp::Timestamp;

/// How far the time of a message may be from the receiver's, as in the official libraries.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerificationError {
    /// A header is missing, or is not as it should be.
    #[error("{0} is missing, or is not as it should be")]
    Header(&'static str),
    /// It was sent too long ago, and may be a message that somebody has kept.
    #[error("webhook-timestamp is more than five minutes ago")]
    Late,
    /// It was sent in the future.
    #[error("webhook-timestamp is more than five minutes ahead")]
    Early,
    /// Nothing in it was signed with the secret.
    #[error(
        "no signature is this secret's: the secret is another webhook's, or over, or the message was altered"
    )]
    Signature,
}

/// The headers of a message, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReceivedHeaders<'a> {
    /// `webhook-id`
    pub id: &'a str,
    /// `webhook-timestamp`
    pub timestamp: &'a str,
    /// `webhook-signature`
    pub signature: &'a str,
}

impl ReceivedHeaders<'_> {
    /// The id of the message with this `payload`, where it was signed with `secret` and came in time.
    ///
    /// # Errors
    /// [`VerificationError`] where one must not believe it.
    pub fn verify(
        &self,
        secret: &SigningSecret,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<Uuid, VerificationError> {
        let id: Uuid = self.id.parse().map_err(|_| VerificationError::Header("webhook-id"))?;
        let no_time = VerificationError::Header("webhook-timestamp");
        let seconds: i64 = self.timestamp.parse().map_err(|_| no_time)?;
        let milliseconds = seconds.checked_mul(1000).ok_or(no_time)?;
        let sent = Timestamp::from_milliseconds(milliseconds).ok_or(no_time)?;
        if self.signature.is_empty() {
            return Err(VerificationError::Header("webhook-signature"));
        }
        if sent.plus(TOLERANCE) < now {
            return Err(VerificationError::Late);
        }
        if sent > now.plus(TOLERANCE) {
            return Err(VerificationError::Early);
        }
        let is_signed = SignedHeaders::is_signed(secret, self.id, self.timestamp, payload, self.signature);
        if is_signed { Ok(id) } else { Err(VerificationError::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{
        endpoint::{EndpointId, Generation},
        secret::PlatformKey,
    };

    const PAYLOAD: &[u8] = b"{}";

    fn secrets() -> [SigningSecret; 3] {
        let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned().into();
        let (key, endpoint) = (PlatformKey::parse(&key).unwrap(), EndpointId::new());
        let first = Generation::FIRST;
        [first, first.next(), first.next().next()].map(|generation| key.secret(endpoint, generation))
    }

    fn verified(
        sent: &SignedHeaders,
        secret: &SigningSecret,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<Uuid, VerificationError> {
        let SignedHeaders { id, timestamp, signature } = sent;
        ReceivedHeaders { id, timestamp, signature }.verify(secret, payload, now)
    }

    #[test]
    fn what_is_signed_with_either_secret_is_taken_and_nothing_else() {
        let (now, id, secrets) = (Timestamp::now(), Uuid::now_v7(), secrets());
        let sent = SignedHeaders::new(&secrets[..2], id, now, PAYLOAD);
        assert_eq!(verified(&sent, &secrets[0], PAYLOAD, now), Ok(id));
        assert_eq!(verified(&sent, &secrets[1], PAYLOAD, now), Ok(id));
        assert_eq!(verified(&sent, &secrets[2], PAYLOAD, now), Err(VerificationError::Signature));
        assert_eq!(verified(&sent, &secrets[0], b"{ }", now), Err(VerificationError::Signature));
        let other = SignedHeaders { id: Uuid::now_v7().to_string(), ..sent.clone() };
        assert_eq!(verified(&other, &secrets[0], PAYLOAD, now), Err(VerificationError::Signature));
        let other = SignedHeaders { signature: sent.signature.replace("v1,", "v1a,"), ..sent };
        assert_eq!(verified(&other, &secrets[0], PAYLOAD, now), Err(VerificationError::Signature));
    }

    #[test]
    fn what_was_kept_for_long_is_refused() {
        let (now, secrets) = (Timestamp::now(), secrets());
        let sent = SignedHeaders::new(&secrets, Uuid::now_v7(), now, PAYLOAD);
        let second = Duration::from_secs(1);
        let at = |now| verified(&sent, &secrets[0], PAYLOAD, now).err();
        assert_eq!(at(now.plus(TOLERANCE - second)), None);
        assert_eq!(at(now.plus(TOLERANCE + second)), Some(VerificationError::Late));
        assert_eq!(at(Timestamp::epoch()), Some(VerificationError::Early));
    }

    #[test]
    fn headers_that_are_none_are_named() {
        let (now, secrets) = (Timestamp::now(), secrets());
        let sent = SignedHeaders::new(&secrets, Uuid::now_v7(), now, PAYLOAD);
        let without = |change: fn(&mut SignedHeaders)| {
            let mut sent = sent.clone();
            change(&mut sent);
            verified(&sent, &secrets[0], PAYLOAD, now)
        };
        let named = |name| Err(VerificationError::Header(name));
        assert_eq!(without(|sent| sent.id = "1".into()), named("webhook-id"));
        assert_eq!(without(|sent| sent.timestamp.clear()), named("webhook-timestamp"));
        assert_eq!(without(|sent| sent.timestamp = i64::MAX.to_string()), named("webhook-timestamp"));
        assert_eq!(without(|sent| sent.signature.clear()), named("webhook-signature"));
    }
}
