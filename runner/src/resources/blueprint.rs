//! What a store's objects are made from.

use domain::{
    operation::logs::Component, store::Store, store::admin_email::AdminEmail, store::name::StoreName,
    store::slug::Slug,
};
use kube::api::ObjectMeta;
use uuid::Uuid;

use super::labels;
use crate::settings::StoreSettings;

/// What a store's objects are made from.
#[derive(Clone, Debug)]
pub struct Blueprint {
    pub(super) id: Slug,
    pub(super) uid: Uuid,
    pub(super) name: StoreName,
    pub(super) admin_email: AdminEmail,
    pub(super) settings: StoreSettings,
}

impl Blueprint {
    /// The blueprint of `store` under `settings`.
    #[must_use]
    pub fn new(store: &Store, settings: StoreSettings) -> Self {
        Self {
            id: store.id.clone(),
            uid: store.uid,
            name: store.name.clone(),
            admin_email: store.admin_email.clone(),
            settings,
        }
    }

    /// The blueprint of a store that no table knows.
    #[must_use]
    pub fn draft(name: StoreName, admin_email: AdminEmail, uid: Uuid, settings: StoreSettings) -> Self {
        Self { id: name.slug(), uid, name, admin_email, settings }
    }

    /// The incarnation that it is of.
    #[must_use]
    pub fn uid(&self) -> Uuid {
        self.uid
    }

    /// Where the shop answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.settings.scheme(), self.host())
    }

    pub(super) fn host(&self) -> String {
        format!("{}.{}", self.id, self.settings.store_domain)
    }

    /// The metadata of an object in the store's namespace.
    pub(super) fn metadata(&self, name: &str, component: Option<Component>) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.id.namespace()),
            labels: Some(labels::of(&self.id, self.uid, component)),
            ..ObjectMeta::default()
        }
    }
}
