//! The credentials of a shop's administrator, sealed for whoever asks for them.
//!
//! They are sealed by HPKE (RFC 9180) in its base mode, with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and
//! AES-128-GCM, the suite that every browser can open with its own cryptography. What they are sealed with
//! beside the key, the `info` of RFC 9180, names the store, its incarnation and the operation: an answer
//! can't be passed off as another one's.

mod recipient_key;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{
    Deserializable as _, HpkeError, Kem as _, OpModeR, OpModeS, Serializable as _, aead::AesGcm128,
    kdf::HkdfSha256, single_shot_open, single_shot_seal_with_rng,
};
use rand::{
    SeedableRng as _,
    rngs::{StdRng, SysError, SysRng},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::operation::OperationKey;

use self::recipient_key::Kem;
pub use self::recipient_key::{Jwk, RecipientKey, RecipientKeyError};

/// What opens the door.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user's name.
    pub user: String,
    /// Its password.
    pub password: SecretString,
    /// Another one that may be the right one by now: a reset of the password was left half-way.
    pub next_password: Option<SecretString>,
}

/// A key that opens what was sealed for its public key.
pub struct PrivateKey {
    private: <Kem as hpke::Kem>::PrivateKey,
    public: RecipientKey,
}

/// What only the recipient can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SealedCredentials {
    /// How it was sealed.
    pub suite: Suite,
    /// The encapsulated key (`enc` of RFC 9180): 65 bytes in base64url, without padding.
    pub enc: String,
    /// The ciphertext with its tag, in base64url, without padding. It opens to a JSON object with `user`,
    /// `password` and, where a reset of the password was left half-way, `nextPassword`.
    pub ciphertext: String,
}

/// The algorithms, as RFC 9180 numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Suite {
    /// 16: DHKEM(P-256, HKDF-SHA256).
    pub kem: u16,
    /// 1: HKDF-SHA256.
    pub kdf: u16,
    /// 1: AES-128-GCM.
    pub aead: u16,
}

/// The one that is used.
pub const SUITE: Suite = Suite { kem: 0x0010, kdf: 0x0001, aead: 0x0001 };

/// Credentials could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The operating system has no randomness to give.
    #[error("the operating system's random number generator failed")]
    Randomness(#[from] SysError),
    /// The algorithms refuse.
    #[error("the credentials could not be sealed: {0}")]
    Hpke(HpkeError),
    /// They can't be written down.
    #[error("the credentials could not be written down")]
    Content(#[from] serde_json::Error),
}

/// Sealed credentials could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// They were sealed in another way.
    #[error("they are sealed by algorithms that are not known here: {0:?}")]
    Suite(Suite),
    /// It is no base64url.
    #[error("`enc` or `ciphertext` is no base64url")]
    Encoding,
    /// They were sealed for another key, or for another store or operation, or were changed.
    #[error("they were not sealed for this key, this store and this operation")]
    Other,
    /// What was sealed is not what is expected.
    #[error("what was sealed are no credentials")]
    Content,
}

/// The credentials as they are sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    user: String,
    password: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    next_password: Option<String>,
}

impl PrivateKey {
    /// A new one, from the operating system's randomness.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn generate() -> Result<Self, SealError> {
        let (private, public) = Kem::gen_keypair_with_rng(&mut randomness()?);
        Ok(Self { private, public: RecipientKey::of(&public) })
    }

    /// What others seal for it with.
    #[must_use]
    pub fn public_key(&self) -> RecipientKey {
        self.public
    }

    /// Opens what was `sealed` as the answer to `operation`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        &self,
        operation: &OperationKey,
        sealed: &SealedCredentials,
    ) -> Result<Credentials, OpenError> {
        if sealed.suite != SUITE {
            return Err(OpenError::Suite(sealed.suite));
        }
        let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| OpenError::Encoding);
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&decoded(&sealed.enc)?)
            .map_err(|_| OpenError::Other)?;
        let (ciphertext, info) = (decoded(&sealed.ciphertext)?, info(operation));
        let opened = single_shot_open::<AesGcm128, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.private,
            &enc,
            info.as_bytes(),
            &ciphertext,
            &[],
        );
        let text =
            String::from_utf8(opened.map_err(|_| OpenError::Other)?).map_err(|_| OpenError::Content)?;
        let text = SecretString::from(text);
        let content = serde_json::from_str(text.expose_secret()).map_err(|_| OpenError::Content)?;
        let Content { user, password, next_password } = content;
        Ok(Credentials { user, password: password.into(), next_password: next_password.map(Into::into) })
    }
}

impl Credentials {
    /// Seals them for `key`, as the answer to `operation` and to no other.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, key: RecipientKey, operation: &OperationKey) -> Result<SealedCredentials, SealError> {
        let content = Content {
            user: self.user.clone(),
            password: self.password.expose_secret().to_owned(),
            next_password: self.next_password.as_ref().map(|next| next.expose_secret().to_owned()),
        };
        let content = SecretString::from(serde_json::to_string(&content)?);
        let (enc, ciphertext) = single_shot_seal_with_rng::<AesGcm128, HkdfSha256, Kem>(
            &OpModeS::Base,
            &key.to_key().map_err(SealError::Hpke)?,
            info(operation).as_bytes(),
            content.expose_secret().as_bytes(),
            &[],
            &mut randomness()?,
        )
        .map_err(SealError::Hpke)?;
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(SealedCredentials {
            suite: SUITE,
            enc: encoded(&enc.to_bytes()),
            ciphertext: encoded(&ciphertext),
        })
    }
}

/// A generator of this moment's own, which can't fail, from the operating system's randomness.
fn randomness() -> Result<StdRng, SysError> {
    StdRng::try_from_rng(&mut SysRng)
}

/// What an answer is bound to.
fn info(OperationKey { store, uid, operation }: &OperationKey) -> String {
    format!("shopwright/reveal-credentials/1\n{store}\n{uid}\n{operation}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::slug::Slug;

    fn operation() -> OperationKey {
        OperationKey {
            store: Slug::parse("my-shop").unwrap(),
            uid: Uuid::now_v7(),
            operation: Uuid::now_v7(),
        }
    }

    fn credentials(next: Option<&str>) -> Credentials {
        Credentials {
            user: "admin".into(),
            password: "pass\"word".into(),
            next_password: next.map(|next| next.to_owned().into()),
        }
    }

    #[test]
    fn what_is_sealed_for_a_key_opens_with_it() {
        let (key, operation) = (PrivateKey::generate().unwrap(), operation());
        for next in [None, Some("next")] {
            let sealed = credentials(next).seal(key.public_key(), &operation).unwrap();
            let opened = key.open(&operation, &sealed).unwrap();
            assert_eq!(opened.user, "admin");
            assert_eq!(opened.password.expose_secret(), "pass\"word");
            assert_eq!(opened.next_password.as_ref().map(ExposeSecret::expose_secret), next);
        }
    }

    #[test]
    fn it_opens_with_no_other_key_and_as_no_other_answer_and_not_when_it_was_changed() {
        let (key, asked) = (PrivateKey::generate().unwrap(), operation());
        let sealed = credentials(None).seal(key.public_key(), &asked).unwrap();
        let other_store = OperationKey { store: Slug::parse("other-shop").unwrap(), ..asked.clone() };
        let other_uid = OperationKey { uid: Uuid::now_v7(), ..asked.clone() };
        let other_operation = OperationKey { operation: Uuid::now_v7(), ..asked.clone() };
        for other in [other_store, other_uid, other_operation] {
            assert!(matches!(key.open(&other, &sealed), Err(OpenError::Other)), "{other:?}");
        }
        let stranger = PrivateKey::generate().unwrap();
        assert!(matches!(stranger.open(&asked, &sealed), Err(OpenError::Other)));
        let mut ciphertext = URL_SAFE_NO_PAD.decode(&sealed.ciphertext).unwrap();
        ciphertext[3] ^= 1;
        let changed = SealedCredentials { ciphertext: URL_SAFE_NO_PAD.encode(ciphertext), ..sealed.clone() };
        assert!(matches!(key.open(&asked, &changed), Err(OpenError::Other)));
        let suite = Suite { aead: 2, ..SUITE };
        let unknown = SealedCredentials { suite, ..sealed };
        assert!(matches!(key.open(&asked, &unknown), Err(OpenError::Suite(_))));
    }

    #[test]
    fn two_answers_have_nothing_in_common() {
        let (key, operation) = (PrivateKey::generate().unwrap().public_key(), operation());
        let [one, other] = [0, 1].map(|_| credentials(None).seal(key, &operation).unwrap());
        assert!(one.enc != other.enc && one.ciphertext != other.ciphertext);
    }

    /// RFC 9180, A.3.1: base mode with this suite. Its first encryption has an `aad`, so that what is
    /// checked here is that the algorithms are those: key pair from keying material, and the opening.
    #[test]
    fn the_algorithms_are_those_of_the_rfc() {
        let bytes = |text: &str| -> Vec<u8> {
            let digits = text.as_bytes().chunks(2);
            digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
        };
        let ikm = bytes("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550");
        let (private, public) = Kem::derive_keypair(&ikm);
        let expected = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e5\
            39c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
        assert_eq!(public.to_bytes().as_slice(), bytes(expected));
        let enc = bytes(
            "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900\
             be863c403ce65c9bfcb9382657222d18c4",
        );
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&enc).unwrap();
        let info = bytes("4f6465206f6e2061204772656369616e2055726e");
        let ciphertext = bytes(
            "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434",
        );
        let opened = single_shot_open::<AesGcm128, HkdfSha256, Kem>(
            &OpModeR::Base,
            &private,
            &enc,
            &info,
            &ciphertext,
            &bytes("436f756e742d30"),
        );
        assert_eq!(opened.unwrap(), b"Beauty is truth, truth beauty");
    }
}
