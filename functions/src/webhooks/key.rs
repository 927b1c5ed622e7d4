//! The platform key, from which the secrets of all endpoints are derived.

use std::{fmt, sync::LazyLock};

use domain::{
    aws::{SecretError, Secrets},
    webhook::secret::{PlatformKey, PlatformKeyError},
};
use secrecy::SecretString;
use tokio::sync::OnceCell;

/// Where the key is; it is read when it is needed first, and then remembered.
pub struct KeyStore {
    place: Place,
    key: OnceCell<PlatformKey>,
}

enum Place {
    Given(SecretString),
    Secret { secrets: LazySecrets, id: String },
}

/// Made when the key is read: most functions that start never need it.
type LazySecrets = LazyLock<Secrets, Box<dyn FnOnce() -> Secrets + Send>>;

/// There is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What was read is none.
    #[error(transparent)]
    Key(#[from] PlatformKeyError),
}

impl KeyStore {
    /// This key: for a stack on a machine of one's own.
    #[must_use]
    pub fn given(text: SecretString) -> Self {
        Self { place: Place::Given(text), key: OnceCell::new() }
    }

    /// The key that lies in Secrets Manager, which `secrets` makes, as `id`.
    #[must_use]
    pub fn secret(secrets: impl FnOnce() -> Secrets + Send + 'static, id: String) -> Self {
        let secrets: LazySecrets = LazyLock::new(Box::new(secrets));
        Self { place: Place::Secret { secrets, id }, key: OnceCell::new() }
    }

    /// The key.
    ///
    /// # Errors
    /// [`KeyError`]; the next call tries again.
    pub async fn get(&self) -> Result<&PlatformKey, KeyError> {
        self.key
            .get_or_try_init(|| async {
                match &self.place {
                    Place::Given(text) => Ok(PlatformKey::parse(text)?),
                    Place::Secret { secrets, id } => Ok(PlatformKey::parse(&secrets.text(id).await?)?),
                }
            })
            .await
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyStore")
    }
}
