//! Signs a message as Standard Webhooks has it, version `v1`: HMAC-SHA256 of id, time and payload.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use super::secret::SigningSecret;
use crate::values::timestamp::Timestamp;

/// The headers of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `webhook-id`: the same in each try, by which a receiver knows doubles.
    pub id: String,
    /// `webhook-timestamp`: when this try was signed, in seconds since the Unix epoch.
    pub timestamp: String,
    /// `webhook-signature`: one of each secret, with a space between.
    pub signature: String,
}

impl SignedHeaders {
    /// Those of a try that is made at `now` with `payload`, byte for byte as it is sent.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn new(secrets: &[SigningSecret], message: Uuid, now: Timestamp, payload: &[u8]) -> Self {
        let (id, timestamp) = (message.to_string(), now.as_seconds().to_string());
        let signatures = secrets.iter().map(|secret| signature(secret.bytes(), &id, &timestamp, payload));
        let signature = signatures.collect::<Vec<_>>().join(" ");
        Self { id, timestamp, signature }
    }

    /// Whether one of `signatures`, with a space between, is that of `secret`. How long it takes says nothing of which
    /// byte is another one.
    pub(super) fn is_signed(
        secret: &SigningSecret,
        id: &str,
        timestamp: &str,
        payload: &[u8],
        signatures: &str,
    ) -> bool {
        let given = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        let mut given = given.filter_map(|signature| STANDARD.decode(signature).ok());
        given.any(|given| mac(secret.bytes(), id, timestamp, payload).verify_slice(&given).is_ok())
    }

    /// Each with its name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &str); 3] {
        [
            ("webhook-id", &self.id),
            ("webhook-timestamp", &self.timestamp),
            ("webhook-signature", &self.signature),
        ]
    }
}

fn signature(secret: &[u8], id: &str, timestamp: &str, payload: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(mac(secret, id, timestamp, payload).finalize().into_bytes()))
}

fn mac(secret: &[u8], id: &str, timestamp: &str, payload: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is taken");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", payload] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{
        endpoint::{EndpointId, Generation},
        secret::PlatformKey,
    };

    fn secrets(generations: &[Generation]) -> Vec<SigningSecret> {
        let key = PlatformKey::parse(&STANDARD.encode([7; 32]).into()).unwrap();
        let endpoint = EndpointId::from(Uuid::from_u128(1));
        generations.iter().map(|generation| key.secret(endpoint, *generation)).collect()
    }

    /// The official Python library makes this of the same. `make webhooks` asks both libraries.
    #[test]
    fn a_signature_is_that_of_the_official_libraries() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn whatever_changes_the_signature_changes_too() {
        let (message, now) = (Uuid::from_u128(2), Timestamp::epoch());
        let secrets = secrets(&[Generation::FIRST, Generation::FIRST.next()]);
        let signed = SignedHeaders::new(&secrets[..1], message, now, b"{}").signature;
        let later = now.plus(std::time::Duration::from_secs(1));
        for other in [
            SignedHeaders::new(&secrets[1..], message, now, b"{}"),
            SignedHeaders::new(&secrets[..1], Uuid::from_u128(3), now, b"{}"),
            SignedHeaders::new(&secrets[..1], message, later, b"{}"),
            SignedHeaders::new(&secrets[..1], message, now, b"{ }"),
        ] {
            assert_ne!(other.signature, signed);
        }
        assert_eq!(SignedHeaders::new(&secrets[..1], message, now, b"{}").signature, signed);
    }

    #[test]
    fn each_secret_has_its_signature() {
        let secrets = secrets(&[Generation::FIRST.next(), Generation::FIRST]);
        let signed =
            |secrets| SignedHeaders::new(secrets, Uuid::from_u128(2), Timestamp::epoch(), b"{}").signature;
        assert_eq!(signed(&secrets), format!("{} {}", signed(&secrets[..1]), signed(&secrets[1..])));
    }
}
