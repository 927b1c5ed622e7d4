//! One store, on its way from one kind of way in to the other, or from one Gateway to another.

use std::{sync::Arc, time::Duration};

use domain::{
    store::{Store, slug::Slug},
    table::{Table, TableError},
};
use kube::Client;
use tokio::time::Instant;

use super::change::Change;
use crate::{
    cluster::Cluster, lease::LeaseGuard, observe::metrics::Metrics, resources::Blueprint,
    settings::StoreSettings,
};

/// How long requests about a store may take together, beside the waits.
const REQUESTS: Duration = Duration::from_secs(60);

/// What is to be done of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Its new way in is made, and then the old one removed.
    Move,
    /// It has both: the old one is removed once the new one is accepted.
    Finish,
    /// It has none: one is made.
    Make,
}

/// What became of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was as it should be.
    Settled,
    /// This would be done.
    Planned(Plan),
    /// This was done.
    Done(Plan),
    /// It is to have no way in.
    Closed,
    /// It is left alone, since somebody else is at it.
    Busy,
    /// It has the way in that it had, for this reason.
    Failed(String),
}

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    /// Until the new way in is accepted.
    pub(super) accepted: Duration,
    /// From then on, until the old one goes.
    pub(super) settled: Duration,
}

/// What it takes to look at a store and to change its way in.
pub(super) struct Way<'a> {
    pub(super) table: &'a Table,
    pub(super) client: &'a Client,
    pub(super) settings: &'a StoreSettings,
}

impl Outcome {
    /// Whether the store is as it should be.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        match self {
            Self::Settled | Self::Done(_) | Self::Closed => true,
            Self::Planned(_) | Self::Busy | Self::Failed(_) => false,
        }
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Settled => "in line",
            Self::Planned(_) => "to do",
            Self::Done(_) => "done",
            Self::Closed => "closed",
            Self::Busy => "busy",
            Self::Failed(_) => "failed",
        }
    }

    /// What follows the store's id.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Settled => String::new(),
            Self::Planned(plan) | Self::Done(plan) => format!(": {}", plan.detail()),
            Self::Closed => ": it is to have no way in".into(),
            Self::Busy => ": an operation is under way; run this again".into(),
            Self::Failed(why) => format!(": {why}"),
        }
    }
}

impl Plan {
    fn detail(self) -> &'static str {
        match self {
            Self::Move => "the new way in takes the old one's place",
            Self::Finish => "the old way in goes, beside the new one",
            Self::Make => "a way in is made where there is none",
        }
    }
}

impl Way<'_> {
    /// Brings the way in of the store `id` in line with `ROUTING`, or says what that would take.
    pub(super) async fn bring_in_line(
        &self,
        id: &Slug,
        apply: bool,
        pauses: Pauses,
    ) -> Result<Outcome, TableError> {
        let Some(store) = self.table.store(id).await? else { return Ok(Outcome::Closed) };
        if store.operation.is_some() {
            return Ok(Outcome::Busy);
        }
        if !store.wants_way_in() {
            return Ok(Outcome::Closed);
        }
        let cluster = self.cluster_of(&store, pauses);
        let blueprint = Blueprint::new(&store, self.settings.clone());
        let change = match Box::pin(Change::of(&cluster, &blueprint)).await {
            Ok(change) => change,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        let Some(plan) = change.plan() else { return Ok(Outcome::Settled) };
        if !apply {
            return Ok(Outcome::Planned(plan));
        }
        let made = tokio::time::timeout(pauses.accepted, Box::pin(change.make())).await;
        let refusal = match made {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => {
                let trouble = cluster.trouble().map(|trouble| format!(": {trouble}")).unwrap_or_default();
                let seconds = pauses.accepted.as_secs();
                Some(format!("its new way in was not accepted within {seconds} s{trouble}"))
            }
        };
        if let Some(refusal) = refusal {
            return Ok(Outcome::Failed(take_back(&change, plan, refusal).await));
        }
        if plan != Plan::Make {
            tokio::time::sleep(pauses.settled).await;
        }
        // Somebody may have asked for something meanwhile: who closes a store takes away what was there then.
        let now = self.table.store(id).await?.filter(|now| now.uid == store.uid);
        if !now.is_some_and(|now| now.operation.is_none() && now.wants_way_in()) {
            return Ok(change
                .undo()
                .await
                .map_or_else(|error| Outcome::Failed(error.to_string()), |()| Outcome::Busy));
        }
        match change.finish().await {
            Ok(()) => Ok(Outcome::Done(plan)),
            Err(error) => Ok(Outcome::Failed(error.to_string())),
        }
    }

    fn cluster_of(&self, store: &Store, pauses: Pauses) -> Cluster {
        let limit = pauses.accepted + pauses.settled + REQUESTS;
        let guard = Arc::new(LeaseGuard::new(Instant::now(), limit));
        Cluster::new(self.client.clone(), store.uid, guard, limit, Metrics::new())
    }
}

/// Takes the new way in of a store away that keeps its old one, so that it is as it was, and says why.
async fn take_back(change: &Change<'_>, plan: Plan, refusal: String) -> String {
    if plan != Plan::Move {
        return refusal;
    }
    match change.undo().await {
        Ok(()) => refusal,
        Err(error) => format!("{refusal}; and the new one stays, since {error}"),
    }
}
