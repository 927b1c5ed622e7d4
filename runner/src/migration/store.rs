//! One store, on its way from one kind of way in to the other, or from one Gateway to another. A route that changes its
//! Gateway is for both for a while.

use std::{sync::Arc, time::Duration};

use domain::{
    store::{Store, slug::Slug},
    table::{Table, TableError},
};
use kube::Client;
use tokio::time::Instant;

use crate::{
    cluster::{Cluster, ClusterError},
    lease::LeaseGuard,
    observe::metrics::Metrics,
    resources::{Blueprint, RouteParents, WayIn},
    settings::{Routing, StoreSettings},
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

/// What leads to a store.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// The object of the kind that is wanted, and which Gateways it is for; an Ingress is for none but the one.
    wanted: Option<RouteParents>,
    /// Whether there is one of the other kind.
    has_other: bool,
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

impl Found {
    /// What is to be done, if something is.
    fn plan(self) -> Option<Plan> {
        match (self.wanted, self.has_other) {
            (None, false) => Some(Plan::Make),
            (None, true) | (Some(RouteParents::Other), _) => Some(Plan::Move),
            (Some(RouteParents::Both), _) | (Some(RouteParents::Wanted), true) => Some(Plan::Finish),
            (Some(RouteParents::Wanted), false) => None,
        }
    }

    /// Makes the new way in beside the old one, and waits until it is accepted.
    async fn make(self, cluster: &Cluster, namespace: &str, way_in: &WayIn) -> Result<(), ClusterError> {
        match (way_in, self.wanted) {
            (WayIn::Route(route), Some(RouteParents::Other | RouteParents::Both)) => {
                cluster.add_gateway(namespace, route).await
            }
            (WayIn::Route(_) | WayIn::Ingress(_), _) => cluster.create_way_in(way_in).await,
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
        let namespace = id.namespace();
        let way_in = Blueprint::new(&store, self.settings.clone()).way_in();
        let found = match self.found(&cluster, &namespace, &way_in).await {
            Ok(found) => found,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        let Some(plan) = found.plan() else { return Ok(Outcome::Settled) };
        if !apply {
            return Ok(Outcome::Planned(plan));
        }
        let made = Box::pin(found.make(&cluster, &namespace, &way_in));
        let made = tokio::time::timeout(pauses.accepted, made).await;
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
            return Ok(Outcome::Failed(self.take_back(&cluster, &namespace, &way_in, found, refusal).await));
        }
        if plan != Plan::Make {
            tokio::time::sleep(pauses.settled).await;
        }
        // Somebody may have asked for something meanwhile: who closes a store takes away what was there then.
        let now = self.table.store(id).await?.filter(|now| now.uid == store.uid);
        if !now.is_some_and(|now| now.operation.is_none() && now.wants_way_in()) {
            let undone = self.undone(&cluster, &namespace, &way_in, found).await;
            return Ok(undone.map_or_else(|error| Outcome::Failed(error.to_string()), |()| Outcome::Busy));
        }
        match self.finished(&cluster, &namespace, &way_in).await {
            Ok(()) => Ok(Outcome::Done(plan)),
            Err(error) => Ok(Outcome::Failed(error.to_string())),
        }
    }

    async fn found(&self, cluster: &Cluster, namespace: &str, way_in: &WayIn) -> Result<Found, ClusterError> {
        let wanted = match way_in {
            WayIn::Route(route) => cluster.route_parents(namespace, route).await?,
            WayIn::Ingress(_) => {
                let is_there = cluster.has_way_in(namespace, Routing::Ingress).await?;
                is_there.then_some(RouteParents::Wanted)
            }
        };
        Ok(Found { wanted, has_other: cluster.has_way_in(namespace, self.other()).await? })
    }

    /// Takes what was there beside the new way in away.
    async fn finished(&self, cluster: &Cluster, namespace: &str, way_in: &WayIn) -> Result<(), ClusterError> {
        if let WayIn::Route(route) = way_in {
            cluster.keep_gateway(namespace, route).await?;
        }
        cluster.delete_way_in(namespace, self.other()).await
    }

    /// Takes the new way in of a store away.
    async fn undone(
        &self,
        cluster: &Cluster,
        namespace: &str,
        way_in: &WayIn,
        found: Found,
    ) -> Result<(), ClusterError> {
        match (way_in, found.wanted) {
            (WayIn::Route(route), Some(RouteParents::Other | RouteParents::Both)) => {
                cluster.remove_gateway(namespace, route).await
            }
            (WayIn::Route(_) | WayIn::Ingress(_), _) => cluster.delete_way_in(namespace, self.wanted()).await,
        }
    }

    /// Takes the new way in of a store away that keeps its old one, so that it is as it was, and says why.
    async fn take_back(
        &self,
        cluster: &Cluster,
        namespace: &str,
        way_in: &WayIn,
        found: Found,
        refusal: String,
    ) -> String {
        if found.plan() != Some(Plan::Move) {
            return refusal;
        }
        match self.undone(cluster, namespace, way_in, found).await {
            Ok(()) => refusal,
            Err(error) => format!("{refusal}; and the new one stays, since {error}"),
        }
    }

    fn cluster_of(&self, store: &Store, pauses: Pauses) -> Cluster {
        let limit = pauses.accepted + pauses.settled + REQUESTS;
        let guard = Arc::new(LeaseGuard::new(Instant::now(), limit));
        Cluster::new(self.client.clone(), store.uid, guard, limit, Metrics::new())
    }

    fn wanted(&self) -> Routing {
        self.settings.gateway.routing
    }

    fn other(&self) -> Routing {
        match self.wanted() {
            Routing::Gateway => Routing::Ingress,
            Routing::Ingress => Routing::Gateway,
        }
    }
}
