//! The name of a container image.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most that a name may have: what the distribution specification grants a repository, and a digest.
const MAX_LENGTH: usize = 255 + 1 + 71;

/// An image by host, path, and a tag or digest. Without either it would mean `latest`, which is another image
/// tomorrow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(value_type = String, examples("registry.example.com/store:1.2.3")))]
#[serde(transparent)]
pub struct Image(String);

/// The text names no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an image with a tag or a sha256 digest, such as registry.example.com/store:1.2.3, of at most {MAX_LENGTH} \
     bytes"
)]
pub struct ImageError;

/// The text names no image by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an image by its digest, such as registry.example.com/store@sha256: and 64 lower-case hex digits"
)]
pub struct ImageDigestError;

impl Image {
    /// The image that `text` names.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"./:@_-".contains(&byte);
        let (path, version) = match text.split_once('@') {
            Some((path, digest)) => (path, digest.strip_prefix("sha256:").filter(|hex| is_digest(hex))),
            // A colon before the last slash is a registry's port.
            None => match text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
                Some((path, tag)) => (path, Some(tag).filter(|tag| !tag.is_empty() && tag.len() <= 128)),
                None => (text, None),
            },
        };
        let sound = text.len() <= MAX_LENGTH
            && path.split('/').all(|part| !part.is_empty())
            && text.bytes().all(allowed);
        if sound && version.is_some() { Ok(Self(text.to_owned())) } else { Err(ImageError) }
    }

    /// The same, by its digest: a tag can be moved to another image.
    ///
    /// # Errors
    /// [`ImageDigestError`].
    pub fn parse_digest(text: &str) -> Result<Self, ImageDigestError> {
        Self::parse(text).ok().filter(|image| image.0.contains('@')).ok_or(ImageDigestError)
    }

    /// What a record has, whatever may be named today.
    #[must_use]
    pub fn from_record(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As a container spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_digest(hex: &str) -> bool {
    hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Image {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_a_tag_or_a_digest() {
        let digest = format!("r.example/store@sha256:{}", "a".repeat(64));
        let both = format!("localhost:5000/store:1@sha256:{}", "0".repeat(64));
        for good in ["mysql:8.4", "localhost:5000/a/store:1", &digest, &both] {
            assert_eq!(Image::parse(good).map(|image| image.to_string()).as_deref(), Ok(good));
        }
        let upper = digest.to_uppercase();
        let long = format!("{}:1", "a".repeat(MAX_LENGTH));
        for bad in
            ["", "mysql", "mysql:", "localhost:5000/store", "a b:1", "/a:1", "store@sha256:12", &upper, &long]
        {
            assert_eq!(Image::parse(bad), Err(ImageError), "{bad}");
        }
        assert!(Image::parse_digest(&digest).is_ok() && Image::parse_digest(&both).is_ok());
        assert_eq!(Image::parse_digest("mysql:8.4"), Err(ImageDigestError));
    }
}
