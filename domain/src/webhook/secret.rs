//! What an endpoint's deliveries are signed with. Derived anew each time that it is needed, so that it lies nowhere.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use sha2::Sha256;

use super::endpoint::{EndpointId, Generation};

/// The bytes of a secret: as many as SHA-256 gives, within the 24 to 64 of Standard Webhooks.
const LENGTH: usize = 32;

/// The one key from which the secrets of all endpoints are derived.
#[derive(Debug)]
pub struct PlatformKey(SecretSlice<u8>);

/// The text is no platform key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlatformKeyError {
    /// It is no base64.
    #[error("the platform key of webhooks must be base64")]
    Encoding,
    /// It could be guessed.
    #[error("the platform key of webhooks must have at least {LENGTH} bytes, has {found}")]
    Short {
        /// How many there are.
        found: usize,
    },
}

/// The text is no secret of an endpoint. It is not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no secret of a webhook: `whsec_` and {LENGTH} bytes in base64")]
pub struct SigningSecretError;

/// The secret of one generation of one endpoint.
#[derive(Debug)]
pub struct SigningSecret(SecretBox<[u8; LENGTH]>);

impl PlatformKey {
    /// The key that `text` holds: at least 32 random bytes in base64.
    ///
    /// # Errors
    /// [`PlatformKeyError`].
    pub fn parse(text: &SecretString) -> Result<Self, PlatformKeyError> {
        let bytes = STANDARD.decode(text.expose_secret().trim()).map_err(|_| PlatformKeyError::Encoding)?;
        let (found, key) = (bytes.len(), SecretSlice::from(bytes));
        if found < LENGTH { Err(PlatformKeyError::Short { found }) } else { Ok(Self(key)) }
    }

    /// The secret of this generation of the endpoint: HKDF-SHA256 (RFC 5869) of the key, without salt.
    ///
    /// # Panics
    /// Never: HKDF gives up to 255 times as many bytes.
    #[must_use]
    pub fn secret(&self, endpoint: EndpointId, generation: Generation) -> SigningSecret {
        let info = format!("shopwright/webhook-secret/1\n{endpoint}\n{generation}");
        let derivation = Hkdf::<Sha256>::new(None, self.0.expose_secret());
        SigningSecret(SecretBox::init_with_mut(|secret: &mut [u8; LENGTH]| {
            derivation.expand(info.as_bytes(), secret).expect("so few bytes are always given");
        }))
    }
}

impl SigningSecret {
    /// As the endpoint's owner gets to see it: `whsec_` and base64.
    #[must_use]
    pub fn text(&self) -> SecretString {
        format!("whsec_{}", STANDARD.encode(self.0.expose_secret())).into()
    }

    /// The secret that `text` is, as [`Self::text`] writes it.
    ///
    /// # Errors
    /// [`SigningSecretError`].
    pub fn parse(text: &SecretString) -> Result<Self, SigningSecretError> {
        let encoded = text.expose_secret().trim().strip_prefix("whsec_").ok_or(SigningSecretError)?;
        let bytes = SecretSlice::from(STANDARD.decode(encoded).map_err(|_| SigningSecretError)?);
        let bytes = bytes.expose_secret().try_into().map_err(|_| SigningSecretError)?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key() -> PlatformKey {
        PlatformKey::parse(&STANDARD.encode([7; 32]).into()).unwrap()
    }

    fn endpoint(number: u128) -> EndpointId {
        EndpointId::from(Uuid::from_u128(number))
    }

    #[test]
    fn a_secret_is_the_same_whenever_it_is_derived_and_another_for_each_generation_and_endpoint() {
        let text =
            |endpoint, generation| key().secret(endpoint, generation).text().expose_secret().to_owned();
        let first = Generation::FIRST;
        assert_eq!(text(endpoint(1), first), text(endpoint(1), first));
        assert_ne!(text(endpoint(1), first), text(endpoint(1), first.next()));
        assert_ne!(text(endpoint(1), first), text(endpoint(2), first));
        let other = PlatformKey::parse(&STANDARD.encode([8; 32]).into()).unwrap();
        assert_ne!(other.secret(endpoint(1), first).text().expose_secret(), text(endpoint(1), first));
    }

    /// A change of what goes into the derivation would change the secrets that receivers have. The expected one is
    /// what Python's `hmac` makes of RFC 5869's two steps.
    #[test]
    fn the_derivation_stays_as_it_is() {
        let secret = key().secret(endpoint(1), Generation::FIRST);
        assert_eq!(secret.text().expose_secret(), "whsec_3E4UFQtkbjdEahfw8yJUvhXQwzMjpixJIvfk3hT+TGM=");
    }

    #[test]
    fn a_key_that_could_be_guessed_is_none() {
        assert_eq!(
            PlatformKey::parse(&STANDARD.encode([7; 31]).into()).unwrap_err(),
            PlatformKeyError::Short { found: 31 }
        );
        assert_eq!(
            PlatformKey::parse(&"no base64!".to_owned().into()).unwrap_err(),
            PlatformKeyError::Encoding
        );
        assert!(PlatformKey::parse(&format!("{}\n", STANDARD.encode([7; 64])).into()).is_ok());
    }

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        let secret = key().secret(endpoint(1), Generation::FIRST);
        let read = |text: &str| SigningSecret::parse(&text.to_owned().into());
        let text = secret.text();
        assert_eq!(read(&format!("{}\n", text.expose_secret())).unwrap().bytes(), secret.bytes());
        for wrong in ["", "whsec_", "whsec_BwcH", "3E4UFQtkbjdEahfw8yJUvhXQwzMjpixJIvfk3hT+TGM=", "whsec_!"] {
            assert_eq!(read(wrong).unwrap_err(), SigningSecretError, "{wrong}");
        }
    }

    #[test]
    fn neither_shows_itself_in_a_log() {
        let secret = key().secret(endpoint(1), Generation::FIRST);
        let shown = format!("{:?} {secret:?}", key());
        assert!(!shown.contains('7') && !shown.contains("whsec"), "{shown}");
    }
}
