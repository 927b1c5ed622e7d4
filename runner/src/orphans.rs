//! Looks for namespaces that are nobody's any more.
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
    Api, Client, ResourceExt as _,
    api::{DeleteParams, ListParams, PartialObjectMeta, Preconditions},
};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    cluster::GONE,
    resources::{of_any_store, store_of},
    runner::Runner,
};

/// How many namespaces one look goes over. The next one goes on after them, so that a look costs the
/// same however many stores there are: one request to the API server, and one read of the table a
/// namespace, two where it is not that of the store as it is.
const AT_A_TIME: u32 = 100;
/// How long one look may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// A look was not ended; the next one goes over the same namespaces again.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The Kubernetes API.
    #[error("the Kubernetes API: {0}")]
    Cluster(#[from] kube::Error),
    /// The table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// One of them did not answer in time.
    #[error("it took longer than {} s", LOOK_TIMEOUT.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

/// The looks at the namespaces of all stores, a part at a time.
#[derive(Debug)]
pub struct Orphans {
    namespaces: Api<Namespace>,
    table: Table,
    /// How old a namespace must be to be looked at: it is then no longer being made.
    age: Duration,
    /// Where the last look ended.
    place: Option<String>,
}

/// Looks regularly until `drain`.
pub async fn look_regularly(runner: &Runner, drain: CancellationToken) {
    let limits = &runner.limits;
    let mut orphans = Orphans::new(runner.client.clone(), runner.table.clone(), limits.orphan_age());
    // Not at once: what waits for a runner that has just started is more urgent.
    let interval = limits.orphan_interval();
    let mut ticks = tokio::time::interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = drain.cancelled() => return,
        }
        let removed = tokio::select! {
            removed = orphans.look(Timestamp::now()) => removed,
            () = drain.cancelled() => return,
        };
        runner.metrics.orphan_look_ended(&removed);
        if let Err(error) = removed {
            tracing::error!(%error, "a look for namespaces that are nobody's was not ended");
        }
    }
}

impl Orphans {
    /// Looks through `client` at namespaces older than `age`, by what `table` knows.
    #[must_use]
    pub fn new(client: Client, table: Table, age: Duration) -> Self {
        Self { namespaces: Api::all(client), table, age, place: None }
    }

    /// Goes over the next namespaces, removes those that are nobody's at `now`, and returns how many
    /// that were.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn look(&mut self, now: Timestamp) -> Result<usize, LookError> {
        tokio::time::timeout(LOOK_TIMEOUT, Box::pin(self.look_on(now))).await?
    }

    async fn look_on(&mut self, now: Timestamp) -> Result<usize, LookError> {
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
            removed += usize::from(self.remove_if_nobodys(&namespace, now).await?);
        }
        self.place = listed.metadata.continue_.filter(|place| !place.is_empty());
        Ok(removed)
    }

    async fn remove_if_nobodys(
        &self,
        namespace: &PartialObjectMeta<Namespace>,
        now: Timestamp,
    ) -> Result<bool, LookError> {
        let name = namespace.name_any();
        let Some((id, uid)) = store_of(namespace).filter(|(id, _)| id.namespace() == name) else {
            return Ok(false);
        };
        let made = namespace.creation_timestamp().map(|made| made.0.as_millisecond());
        let age = made.and_then(Timestamp::from_milliseconds).map(|made| now.since(made));
        let leaving = namespace.metadata.deletion_timestamp.is_some();
        if leaving || age.is_none_or(|age| age < self.age) || !self.is_nobodys(&id, uid, now).await? {
            return Ok(false);
        }
        tracing::warn!(store = %id, %uid, namespace = name, "a namespace that is nobody's any more is removed");
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
    async fn is_nobodys(&self, id: &Slug, uid: Uuid, now: Timestamp) -> Result<bool, TableError> {
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
