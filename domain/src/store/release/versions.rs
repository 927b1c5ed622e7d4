//! What is in a shop's image.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is in a shop's image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// The version of WordPress.
    pub wordpress: String,
    /// The version of WooCommerce; none where the merchant has deactivated it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub woocommerce: Option<String>,
}

/// As a sentence names them.
impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordPress {}", self.wordpress)?;
        self.woocommerce.iter().try_for_each(|version| write!(f, " and WooCommerce {version}"))
    }
}
