//! A store as callers get to see it.

use domain::{
    operation::logs::LogExcerpt,
    provisioning::{failure::Failure, step::Step},
    store::{
        Store, admin_email::AdminEmail, name::StoreName, power::Power, release::Release, slug::Slug,
        state::State, status::Status, suspension::Suspension,
    },
    values::{country::Country, currency::Currency, locale::Locale, timestamp::Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A store.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Store)]
pub struct StoreView {
    /// Its name as part of a host name, and its place in the API. Free again once the store is gone.
    id: Slug,
    /// Distinguishes it from earlier and later stores of the same name.
    uid: Uuid,
    /// As it was typed.
    name: StoreName,
    /// Where its administrator is reached.
    admin_email: AdminEmail,
    /// The language that it was made in; null where it is WordPress's own, English.
    #[schema(required)]
    locale: Option<Locale>,
    /// The country that it was made to sell from; null where it is as WooCommerce has it.
    #[schema(required)]
    country: Option<Country>,
    /// The currency that it was made to sell in; null where it is as WooCommerce has it.
    #[schema(required)]
    currency: Option<Currency>,
    /// Whom it belongs to.
    #[schema(examples("ada@example.com"))]
    owner: String,
    /// Where it lives in the cluster.
    #[schema(examples("store-my-test-shop"))]
    namespace: String,
    /// How it is.
    status: Status,
    /// Whether shop and database run, while the store is `Ready`.
    #[schema(required)]
    power: Option<Power>,
    /// Since when visitors are kept out by the platform, and why; null where they are not. It holds with every status and
    /// power, from the request of a suspension to its end.
    #[schema(required)]
    suspension: Option<Suspension>,
    /// The step that runs, while it is being made.
    #[schema(required)]
    step: Option<Step>,
    /// How far it is, while it is being made.
    #[schema(required)]
    progress: Option<Progress>,
    /// Where the shop answers, once it does, and unless it is suspended.
    #[schema(required, format = "uri", examples("https://my-test-shop.example.com"))]
    url: Option<String>,
    /// What it is made of; null before its first step, and where that is not known yet of a store from before it was
    /// written down.
    #[schema(required)]
    release: Option<Release>,
    /// Why it failed, if it did.
    #[schema(required)]
    failure: Option<FailureView>,
    /// The id of the operation that it is busy with, if it is.
    #[schema(required)]
    operation: Option<Uuid>,
    /// How often it was tried again after it failed; 20 times at most.
    retries: u32,
    /// When it was asked for.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

/// Why a store is `Failed`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreFailure)]
struct FailureView {
    #[serde(flatten)]
    failure: Failure,
    /// The end of the log of the component that failed, if it had one that could be read: at most 40 lines, and
    /// 8 KB. Only where a single store is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogExcerpt>,
}

/// How far a provisioning is, in steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// Steps that are done.
    #[schema(examples(4))]
    completed: usize,
    /// Steps in all.
    #[schema(examples(10))]
    total: usize,
}

impl StoreView {
    /// The same with the `log` of its failure, where it has both.
    #[must_use]
    pub fn with_log(mut self, log: Option<LogExcerpt>) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.log = log;
        }
        self
    }
}

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        let (status, power) = (store.state.status(), store.state.power());
        let operation = store.operation.as_ref().map(|operation| operation.id);
        let (mut step, mut progress, mut url, mut failure) = (None, None, None, None);
        match store.state {
            State::Provisioning(provisioning) => {
                let completed = provisioning.step.and_then(Step::position).unwrap_or(0);
                step = provisioning.step;
                progress = Some(Progress { completed, total: Step::PROVISIONING.len() });
            }
            State::Ready(ready) => url = Some(ready.url),
            State::Failed(failed) => {
                failure = Some(FailureView { failure: failed.failure, log: None });
            }
            State::Deleting(_) | State::Deleted(_) => {}
        }
        Self {
            namespace: store.id.namespace(),
            id: store.id,
            uid: store.uid,
            name: store.name,
            admin_email: store.admin_email,
            locale: store.market.locale,
            country: store.market.country,
            currency: store.market.currency,
            owner: store.owner,
            status,
            power,
            suspension: store.suspension,
            step,
            progress,
            url,
            release: store.release,
            failure,
            operation,
            retries: store.retries,
            created_at: store.created,
            updated_at: store.updated,
        }
    }
}
