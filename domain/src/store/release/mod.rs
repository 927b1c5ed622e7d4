//! What a store is made of.
//!
//! It is written with the store, and whatever is built for the store takes it from there: a setting that changes is for
//! the stores that come. When it is written:
//!
//! - *With the first step* of a provisioning that has none yet. A runner that takes the work up in the middle goes on
//!   with what the objects are made of already, whatever its own setting is.
//! - *A retry of what was never up forgets it.* The namespace of a store that failed is removed, so it begins from
//!   nothing; and if it failed because of its image, the one that an operator has set since is the cure.
//! - *A store that was up keeps its own* until an upgrade: its database was written by it.
//! - *Stores from before it was written down* have none. It is read from what runs in the cluster, and written with the
//!   next operation that changes the store. Until then the store counts as one that is behind.

mod half_done;
pub mod image;
pub mod versions;

use serde::{Deserialize, Serialize};

use self::{image::Image, versions::Versions};

/// What a store is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The image of the shop.
    pub store: Image,
    /// The image of its database.
    pub database: Image,
    /// The image that installed the shop, where that was an earlier one: the Job stays as it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub installed_by: Option<Image>,
    /// Which WordPress and WooCommerce the shop's image has, as an upgrade has found them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub versions: Option<Versions>,
}

impl Release {
    /// Of these images, nothing more being known of them.
    #[must_use]
    pub fn of(store: Image, database: Image) -> Self {
        Self { store, database, installed_by: None, versions: None }
    }

    /// The same once the shop runs `image`, in which are these `versions`.
    #[must_use]
    pub fn upgraded_to(self, image: Image, versions: Option<Versions>) -> Self {
        let installed_by = Some(self.installer().clone()).filter(|installer| *installer != image);
        Self { store: image, installed_by, versions, ..self }
    }

    /// The image whose setup installed the shop.
    #[must_use]
    pub fn installer(&self) -> &Image {
        self.installed_by.as_ref().unwrap_or(&self.store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgraded_store_keeps_its_database_and_what_installed_it_until_it_is_that_again() {
        let [first, second, database] = ["store:1", "store:2", "mysql:8.4"].map(Image::from_record);
        let versions = Some(Versions { wordpress: "7.1.3".into(), woocommerce: None });
        let made = Release::of(first.clone(), database.clone());
        let upgraded = made.clone().upgraded_to(second.clone(), versions.clone());
        assert_eq!((&upgraded.store, &upgraded.database, upgraded.installer()), (&second, &database, &first));
        assert_eq!(upgraded.versions, versions);
        assert_eq!(upgraded.upgraded_to(first, None), made);
    }
}
