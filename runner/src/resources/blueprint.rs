//! What a store's objects are made from.

use domain::{
    operation::logs::Component,
    store::Store,
    store::admin_email::AdminEmail,
    store::name::StoreName,
    store::power::Power,
    store::release::{Release, image::Image},
    store::slug::Slug,
    store::{status::Status, suspension::wants_way_in},
    values::market::Market,
};
use kube::api::ObjectMeta;
use uuid::Uuid;

use super::labels;
use crate::settings::{CertificateNeed, StoreSettings};

/// What a store's objects are made from.
#[derive(Clone, Debug)]
pub struct Blueprint {
    pub(super) id: Slug,
    pub(super) uid: Uuid,
    pub(super) name: StoreName,
    pub(super) admin_email: AdminEmail,
    pub(super) market: Market,
    pub(super) settings: StoreSettings,
    url: String,
    status: Status,
    pub(super) power: Power,
    is_suspended: bool,
    pub(super) release: Release,
}

impl Blueprint {
    /// The blueprint of `store` under `settings`, made of what its record says; where that says nothing, of what new
    /// stores are made of.
    #[must_use]
    pub fn new(store: &Store, settings: StoreSettings) -> Self {
        // A shop that is up answers where it did when it was made, whatever the domain of new ones is.
        let recorded = store.state.site().map(str::to_owned);
        Self {
            id: store.id.clone(),
            uid: store.uid,
            name: store.name.clone(),
            admin_email: store.admin_email.clone(),
            market: store.market.clone(),
            url: recorded.unwrap_or_else(|| url_of(&store.id, &settings)),
            status: store.state.status(),
            power: store.state.power().unwrap_or_default(),
            is_suspended: store.suspension.is_some(),
            release: store.release.clone().unwrap_or_else(|| settings.release()),
            settings,
        }
    }

    /// The blueprint of a store that no table knows.
    #[must_use]
    pub fn draft(name: StoreName, admin_email: AdminEmail, uid: Uuid, settings: StoreSettings) -> Self {
        let id = name.slug();
        let url = url_of(&id, &settings);
        let release = settings.release();
        Self {
            id,
            uid,
            name,
            admin_email,
            market: Market::default(),
            url,
            status: Status::Ready,
            power: Power::Running,
            is_suspended: false,
            release,
            settings,
        }
    }

    /// Whether the store is one that is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.status == Status::Ready
    }

    /// The same, made of `release`.
    #[must_use]
    pub fn made_of(self, release: Release) -> Self {
        Self { release, ..self }
    }

    /// What the store is made of.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// The same of a store that sells in `market`.
    #[must_use]
    pub fn selling_in(self, market: Market) -> Self {
        Self { market, ..self }
    }

    /// The same, whose shop runs `image`.
    #[must_use]
    pub fn running(self, image: Image) -> Self {
        let release = self.release.clone().upgraded_to(image, None);
        self.made_of(release)
    }

    /// The incarnation that it is of.
    #[must_use]
    pub fn uid(&self) -> Uuid {
        self.uid
    }

    /// The store.
    #[must_use]
    pub fn id(&self) -> &Slug {
        &self.id
    }

    /// Where the shop answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the store is to have a way in once it is up with `power`.
    #[must_use]
    pub fn wants_way_in(&self, power: Power) -> bool {
        wants_way_in(Status::Ready, power, self.is_suspended)
    }

    /// Whether the store is to have a way in as it is, but for a suspension.
    #[must_use]
    pub fn wants_way_in_unless_suspended(&self) -> bool {
        wants_way_in(self.status, self.power, false)
    }

    /// What is to be known of its certificate before it is opened.
    #[must_use]
    pub fn certificate(&self) -> CertificateNeed {
        self.settings.ingress.certificate()
    }

    pub(super) fn host(&self) -> String {
        self.url.split_once("://").map_or_else(|| self.url.clone(), |(_, host)| host.to_owned())
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

/// Where the shop of a new store `id` answers.
fn url_of(id: &Slug, settings: &StoreSettings) -> String {
    format!("{}://{id}.{}", settings.scheme(), settings.store_domain)
}
