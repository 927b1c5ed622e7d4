//! The public key that credentials are sealed for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hpke::{Deserializable as _, HpkeError, Serializable as _, kem::DhP256HkdfSha256};
use serde::{Deserialize, Serialize};

/// How keys are agreed on.
pub(super) type Kem = DhP256HkdfSha256;

/// The bytes of a coordinate.
const COORDINATE: usize = 32;
/// What an uncompressed point begins with (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// A public key on P-256, on which the point was checked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct RecipientKey {
    x: [u8; COORDINATE],
    y: [u8; COORDINATE],
}

/// A public key as RFC 7517 and RFC 7518 (6.2) have it. Members that are not listed, such as `kid`, are
/// passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// `EC`.
    #[cfg_attr(feature = "schema", schema(pattern = "^EC$"))]
    pub kty: String,
    /// `P-256`.
    #[cfg_attr(feature = "schema", schema(pattern = "^P-256$"))]
    pub crv: String,
    /// Its point's x coordinate: 32 bytes in base64url, without padding.
    #[cfg_attr(feature = "schema", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub x: String,
    /// Its point's y coordinate, likewise.
    #[cfg_attr(feature = "schema", schema(pattern = "^[A-Za-z0-9_-]{43}$"))]
    pub y: String,
}

/// Why a JWK is no key for credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipientKeyError {
    /// Of another kind.
    #[error("must be a public key of `kty` `EC` and `crv` `P-256`")]
    Kind,
    /// A coordinate is no 32 bytes.
    #[error("must have 32 bytes in base64url, without padding, as each of `x` and `y`")]
    Coordinate,
    /// They are coordinates of nothing.
    #[error("must be a point on P-256")]
    Point,
}

impl RecipientKey {
    pub(super) fn of(key: &<Kem as hpke::Kem>::PublicKey) -> Self {
        let mut coordinates = Self { x: [0; COORDINATE], y: [0; COORDINATE] };
        let point = key.to_bytes();
        coordinates.x.copy_from_slice(&point[1..=COORDINATE]);
        coordinates.y.copy_from_slice(&point[1 + COORDINATE..]);
        coordinates
    }

    /// As an uncompressed point.
    fn to_point(self) -> [u8; 1 + 2 * COORDINATE] {
        let mut point = [UNCOMPRESSED; 1 + 2 * COORDINATE];
        point[1..=COORDINATE].copy_from_slice(&self.x);
        point[1 + COORDINATE..].copy_from_slice(&self.y);
        point
    }

    pub(super) fn to_key(self) -> Result<<Kem as hpke::Kem>::PublicKey, HpkeError> {
        <Kem as hpke::Kem>::PublicKey::from_bytes(&self.to_point())
    }
}

impl TryFrom<Jwk> for RecipientKey {
    type Error = RecipientKeyError;

    fn try_from(jwk: Jwk) -> Result<Self, RecipientKeyError> {
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("EC", "P-256") {
            return Err(RecipientKeyError::Kind);
        }
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok();
            bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(RecipientKeyError::Coordinate)
        };
        let key = Self { x: coordinate(&jwk.x)?, y: coordinate(&jwk.y)? };
        key.to_key().map_err(|_| RecipientKeyError::Point)?;
        Ok(key)
    }
}

impl From<RecipientKey> for Jwk {
    fn from(key: RecipientKey) -> Self {
        let (x, y) = (URL_SAFE_NO_PAD.encode(key.x), URL_SAFE_NO_PAD.encode(key.y));
        Self { kty: "EC".into(), crv: "P-256".into(), x, y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::credentials::PrivateKey;

    fn jwk() -> Jwk {
        PrivateKey::generate().unwrap().public_key().into()
    }

    #[test]
    fn a_key_is_a_point_on_the_curve() {
        let taken = RecipientKey::try_from(jwk()).unwrap();
        assert_eq!(RecipientKey::try_from(Jwk::from(taken)), Ok(taken));
        let wrong = |change: fn(&mut Jwk)| {
            let mut jwk = jwk();
            change(&mut jwk);
            RecipientKey::try_from(jwk).unwrap_err()
        };
        assert_eq!(wrong(|jwk| jwk.kty = "OKP".into()), RecipientKeyError::Kind);
        assert_eq!(wrong(|jwk| jwk.crv = "P-384".into()), RecipientKeyError::Kind);
        assert_eq!(wrong(|jwk| jwk.x.push_str("AA")), RecipientKeyError::Coordinate);
        assert_eq!(wrong(|jwk| jwk.y = "not base64url!".into()), RecipientKeyError::Coordinate);
        assert_eq!(wrong(|jwk| jwk.x = "A".repeat(43)), RecipientKeyError::Point);
    }
}
