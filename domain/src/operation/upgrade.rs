//! What an upgrade has made of a shop.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::store::release::{image::Image, versions::Versions};

/// What an upgrade has made of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Upgraded {
    /// The image that it runs now.
    pub image: Image,
    /// WordPress; absent where the image did not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wordpress: Option<UpgradedPart>,
    /// WooCommerce; absent where the merchant has deactivated it, whose tables are left alone then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub woocommerce: Option<UpgradedPart>,
}

/// What an upgrade has made of WordPress, or of WooCommerce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UpgradedPart {
    /// Its version in the image.
    pub version: String,
    /// The version of its tables before, as it counts them.
    pub database_before: String,
    /// The version of its tables now.
    pub database_after: String,
}

impl Upgraded {
    /// To `image`, of which nothing is known.
    #[must_use]
    pub fn to(image: Image) -> Self {
        Self { image, wordpress: None, woocommerce: None }
    }

    /// What is in the image; `None` where it did not say.
    #[must_use]
    pub fn versions(&self) -> Option<Versions> {
        let version = |part: &UpgradedPart| part.version.clone();
        let wordpress = self.wordpress.as_ref().map(version)?;
        Some(Versions { wordpress, woocommerce: self.woocommerce.as_ref().map(version) })
    }
}

/// As a sentence names it: `r.example/store:2 with WordPress 7.1.3 (its tables went from 58975 to 60717)`.
impl fmt::Display for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.image.fmt(f)?;
        let parts = [("WordPress", &self.wordpress), ("WooCommerce", &self.woocommerce)];
        let known = parts.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
        for (place, (name, part)) in known.enumerate() {
            let UpgradedPart { version, database_before, database_after } = part;
            let before = if place == 0 { " with" } else { " and" };
            write!(f, "{before} {name} {version}")?;
            if database_before != database_after {
                write!(f, " (its tables went from {database_before} to {database_after})")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_has_what_is_known_and_what_has_changed() {
        let image = Image::from_record("r.example/store:2");
        let bare = Upgraded::to(image);
        assert_eq!((bare.to_string().as_str(), bare.versions()), ("r.example/store:2", None));
        let part = |version: &str, before: &str, after: &str| {
            Some(UpgradedPart {
                version: version.into(),
                database_before: before.into(),
                database_after: after.into(),
            })
        };
        let upgraded = Upgraded {
            wordpress: part("7.1.3", "60717", "60717"),
            woocommerce: part("11.2.0", "10.5.0", "11.2.0"),
            ..bare
        };
        assert_eq!(
            upgraded.to_string(),
            "r.example/store:2 with WordPress 7.1.3 and WooCommerce 11.2.0 (its tables went from 10.5.0 to 11.2.0)"
        );
        let versions = Versions { wordpress: "7.1.3".into(), woocommerce: Some("11.2.0".into()) };
        assert_eq!(upgraded.versions(), Some(versions));
    }
}
