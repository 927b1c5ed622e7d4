//! What leads visitors to one store, what is to, and the steps from the one to the other.
//!
//! A route that changes its Gateway is for both for a while. And who comes another way comes from other pods: they are
//! let in before the new way in is made, beside those that were, who are kept out once it is the only one.

use k8s_openapi::api::networking::v1::NetworkPolicy;
use kube::ResourceExt as _;

use super::store::Plan;
use crate::{
    cluster::{Cluster, ClusterError},
    resources::{Blueprint, RouteParents, WayIn},
    settings::Routing,
};

/// The change of one store's way in.
pub(super) struct Change<'a> {
    cluster: &'a Cluster,
    namespace: String,
    way_in: WayIn,
    /// Who is let in then, and who was before, where somebody said.
    entry: NetworkPolicy,
    entry_before: Option<NetworkPolicy>,
    /// What there is of the kind that is wanted, and which Gateways it is for; an Ingress is for none but the one.
    found: Option<RouteParents>,
    /// Whether there is something of the other kind.
    has_other: bool,
}

impl<'a> Change<'a> {
    /// The change that brings the store of `blueprint` in line.
    pub(super) async fn of(cluster: &'a Cluster, blueprint: &Blueprint) -> Result<Self, ClusterError> {
        let (namespace, way_in) = (blueprint.id().namespace(), blueprint.way_in());
        let (found, other) = match &way_in {
            WayIn::Route(route) => (cluster.route_parents(&namespace, route).await?, Routing::Ingress),
            WayIn::Ingress(_) => {
                let is_there = cluster.has_way_in(&namespace, Routing::Ingress).await?;
                (is_there.then_some(RouteParents::Wanted), Routing::Gateway)
            }
        };
        let has_other = cluster.has_way_in(&namespace, other).await?;
        let entry = blueprint.entry();
        let entry_before = match cluster.owned(&namespace, &entry.name_any()).await {
            Ok(before) => Some(before),
            Err(ClusterError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { cluster, namespace, way_in, entry, entry_before, found, has_other })
    }

    /// What is to be done, if something is.
    pub(super) fn plan(&self) -> Option<Plan> {
        match (self.found, self.has_other) {
            (None, false) => Some(Plan::Make),
            (None, true) | (Some(RouteParents::Other), _) => Some(Plan::Move),
            (Some(RouteParents::Both), _) | (Some(RouteParents::Wanted), true) => Some(Plan::Finish),
            (Some(RouteParents::Wanted), false) => None,
        }
    }

    /// Makes the new way in beside the old one, and waits until it is accepted.
    pub(super) async fn make(&self) -> Result<(), ClusterError> {
        Box::pin(self.cluster.let_in_too(&self.entry)).await?;
        match &self.way_in {
            WayIn::Route(route) if self.is_between_gateways() => {
                Box::pin(self.cluster.add_gateway(&self.namespace, route)).await
            }
            WayIn::Route(_) | WayIn::Ingress(_) => Box::pin(self.cluster.create_way_in(&self.way_in)).await,
        }
    }

    /// Takes what was there beside the new way in away.
    pub(super) async fn finish(&self) -> Result<(), ClusterError> {
        if let WayIn::Route(route) = &self.way_in {
            Box::pin(self.cluster.keep_gateway(&self.namespace, route)).await?;
        }
        self.cluster.delete_way_in(&self.namespace, self.other()).await?;
        Box::pin(self.cluster.let_in_only(&self.entry)).await
    }

    /// Takes the new way in away, so that all is as it was.
    pub(super) async fn undo(&self) -> Result<(), ClusterError> {
        match &self.way_in {
            WayIn::Route(route) if self.is_between_gateways() => {
                Box::pin(self.cluster.remove_gateway(&self.namespace, route)).await?;
            }
            WayIn::Route(_) => {
                self.cluster.delete_way_in(&self.namespace, Routing::Gateway).await?;
            }
            WayIn::Ingress(_) => {
                self.cluster.delete_way_in(&self.namespace, Routing::Ingress).await?;
            }
        }
        match &self.entry_before {
            Some(before) => Box::pin(self.cluster.let_in_only(before)).await,
            None => Ok(()),
        }
    }

    /// Whether the route that is wanted is there, for another Gateway.
    fn is_between_gateways(&self) -> bool {
        match self.found {
            Some(RouteParents::Other | RouteParents::Both) => true,
            Some(RouteParents::Wanted) | None => false,
        }
    }

    fn other(&self) -> Routing {
        match self.way_in {
            WayIn::Route(_) => Routing::Ingress,
            WayIn::Ingress(_) => Routing::Gateway,
        }
    }
}
