//! The token that the API is called with.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// The value of `Authorization`. It is never shown.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(HeaderValue);

/// The text can't be a token. It is not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has a blank, a line break or another character in it that no token has")]
pub(crate) struct BearerError;

impl Bearer {
    /// Takes a token of the API's own, or one that API Gateway's authorizer knows: visible ASCII characters.
    pub(crate) fn parse(text: &SecretString) -> Result<Self, BearerError> {
        let text = text.expose_secret();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BearerError);
        }
        let mut value = HeaderValue::try_from(format!("Bearer {text}")).map_err(|_| BearerError)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_characters_that_a_header_can_carry() {
        for good in ["swt_0123456789abcdef_00", "eyJhbGciOiJIUzI1NiJ9.e30.x-_~+/="] {
            let bearer = Bearer::parse(&good.to_owned().into()).unwrap();
            assert!(!format!("{bearer:?}").contains(good));
        }
        for wrong in ["", " ", "a b", "a\n", "\ra", "a\u{7f}", "a\u{e4}", "a\u{0}"] {
            assert_eq!(Bearer::parse(&wrong.to_owned().into()).unwrap_err(), BearerError, "{wrong:?}");
        }
    }
}
