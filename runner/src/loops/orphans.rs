//! Scans for namespaces that belong to no store any more, and removes them.
//!
//! A runner's last request may be carried out by the API server long after the runner gave it up: the
//! namespace that it makes then comes after its store was taken away, or was cleaned up because it had
//! failed. A store that is gone is known by its uid, which never comes back, so nobody misses its
//! namespace, and it is removed. A failed one may be tried again at any time, so that its namespace goes
//! only under the store's lease: the store is made one that is to be cleaned up.

use std::time::Duration;

use domain::{
    store::{slug::Slug, status::Status},
    table::{Table, TableError},
    values::timestamp::Timestamp,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams, PartialObjectMeta, Preconditions},
};
use uuid::Uuid;

use super::{BackgroundLoop, FirstTurn, Schedule};
use crate::{
    cluster::GONE,
    observe::metrics::Metrics,
    resources::{of_any_store, store_of},
    runner::Runner,
};

/// How many namespaces one scan goes over. The next one goes on after them, so that a scan costs the
/// same however many stores there are: one request to the API server, and one read of the table a
/// namespace, two where it is not that of the store as it is.
const AT_A_TIME: u32 = 100;
/// How long one scan may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A scan was not ended; the next one goes over the same namespaces again.
#[derive(Debug, thiserror::Error)]
pub enum OrphanScanError {
    /// The Kubernetes API.
    #[error("the Kubernetes API: {0}")]
    Cluster(#[from] kube::Error),
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// One of them did not answer in time.
    #[error("it took longer than {} s", TIMEOUT.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

/// The scans of the namespaces of all stores, a part at a time.
pub struct OrphanScan {
    namespaces: Api<Namespace>,
    table: Table,
    metrics: Metrics,
    interval: Duration,
    /// How old a namespace must be to be checked: it is then no longer being made.
    age: Duration,
    /// Where the last scan ended.
    place: Option<String>,
}

impl BackgroundLoop for OrphanScan {
    type Report = usize;
    type Error = OrphanScanError;

    fn name(&self) -> &'static str {
        "orphan scan"
    }

    fn schedule(&self) -> Schedule {
        Schedule { interval: self.interval, first: FirstTurn::AfterInterval }
    }

    async fn turn(&mut self) -> Result<usize, OrphanScanError> {
        self.scan(Timestamp::now()).await
    }

    fn record(&self, removed: &Result<usize, OrphanScanError>, _duration: Duration) {
        self.metrics.orphan_scan_ended(removed);
    }
}

impl OrphanScan {
    /// The scans of `runner`, which has made none yet.
    #[must_use]
    pub fn new(runner: &Runner) -> Self {
        Self {
            namespaces: Api::all(runner.client.clone()),
            table: runner.table.clone(),
            metrics: runner.metrics.clone(),
            interval: runner.limits.orphan_interval(),
            age: runner.limits.orphan_age(),
            place: None,
        }
    }

    /// The same, which removes namespaces older than `age`.
    #[must_use]
    pub fn with_age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// Goes over the next namespaces, removes those that belong to no store at `now`, and returns how many
    /// that were.
    ///
    /// # Errors
    /// [`OrphanScanError`].
    pub async fn scan(&mut self, now: Timestamp) -> Result<usize, OrphanScanError> {
        tokio::time::timeout(TIMEOUT, Box::pin(self.scan_part(now))).await?
    }

    async fn scan_part(&mut self, now: Timestamp) -> Result<usize, OrphanScanError> {
        let mut params = ListParams::default().labels(&of_any_store()).limit(AT_A_TIME);
        if let Some(place) = self.place.take() {
            params = params.continue_token(&place);
        }
        let listed = match self.namespaces.list_metadata(&params).await {
            Err(kube::Error::Api(status)) if status.code == GONE => return Ok(0),
            listed => listed?,
        };
        let mut removed = 0;
        for namespace in listed.items {
            removed += usize::from(self.remove_if_orphaned(&namespace, now).await?);
        }
        self.place = listed.metadata.continue_.filter(|place| !place.is_empty());
        Ok(removed)
    }

    async fn remove_if_orphaned(
        &self,
        namespace: &PartialObjectMeta<Namespace>,
        now: Timestamp,
    ) -> Result<bool, OrphanScanError> {
        let name = namespace.name_any();
        let Some((id, uid)) = store_of(namespace).filter(|(id, _)| id.namespace() == name) else {
            return Ok(false);
        };
        let made = namespace.creation_timestamp().map(|made| made.0.as_millisecond());
        let age = made.and_then(Timestamp::from_milliseconds).map(|made| now.since(made));
        let terminating = namespace.metadata.deletion_timestamp.is_some();
        if terminating || age.is_none_or(|age| age < self.age) || !self.is_orphaned(&id, uid, now).await? {
            return Ok(false);
        }
        tracing::warn!(store = %id, %uid, namespace = name, "a namespace that belongs to no store any more is removed");
        let only = Preconditions { uid: namespace.uid(), resource_version: None };
        match self.namespaces.delete(&name, &DeleteParams::background().preconditions(only)).await {
            Ok(_) => Ok(true),
            // Another runner was first.
            Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether incarnation `uid` of the store `id` has been, and is no more. A namespace of a uid that
    /// this table never knew may be another installation's.
    async fn is_orphaned(&self, id: &Slug, uid: Uuid, now: Timestamp) -> Result<bool, TableError> {
        match self.table.store(id).await? {
            Some(store) if store.uid == uid => {
                if self.table.clean_up_again(&store, now).await? {
                    tracing::warn!(store = %id, %uid, "a failed store has a namespace again: it is to be cleaned up");
                }
                Ok(store.state.status() == Status::Deleted)
            }
            Some(_) | None => self.table.has_known(id, uid).await,
        }
    }
}
