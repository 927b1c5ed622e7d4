//! Opens and closes the way in to a store, whichever kind of object that is.

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Resource as _;

use crate::{
    cluster::{client::Cluster, diagnosis::Diagnosis, error::ClusterError, wait::WaitState},
    resources::{HttpRoute, RouteParents, RouteVerdict, WAY_IN, WayIn},
    settings::Routing,
};

impl Cluster {
    /// Makes the way in. A route is waited for until the controller of its Gateway has accepted it; nobody says
    /// that of an Ingress.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn create_way_in(&self, way_in: &WayIn) -> Result<(), ClusterError> {
        match way_in {
            WayIn::Ingress(ingress) => self.create(ingress.as_ref()).await.map(drop),
            WayIn::Route(route) => {
                let route = self.create(route.as_ref()).await?;
                // What a pod says has nothing to do with it.
                Box::pin(self.wait(route, accepted, None)).await
            }
        }
    }

    /// Which Gateways the route to the store in `namespace` is for, as seen from the `wanted` one; `None` where there is
    /// no route that stays.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn route_parents(
        &self,
        namespace: &str,
        wanted: &HttpRoute,
    ) -> Result<Option<RouteParents>, ClusterError> {
        match self.owned::<HttpRoute>(namespace, WAY_IN).await {
            Ok(route) => {
                let stays = route.meta().deletion_timestamp.is_none();
                Ok(stays.then(|| route.parents_beside(wanted)))
            }
            Err(ClusterError::Missing { .. } | ClusterError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has the route to the store in `namespace` be for the Gateway of `wanted` as well, and waits until its controller
    /// has accepted it.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn add_gateway(&self, namespace: &str, wanted: &HttpRoute) -> Result<(), ClusterError> {
        let also = |route: &HttpRoute| route.also_for(wanted);
        let route = self.patched(namespace, WAY_IN, also).await?;
        Box::pin(self.wait(route, accepted, None)).await
    }

    /// Has the route to the store in `namespace` be for the Gateway of `wanted` and no other.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn keep_gateway(&self, namespace: &str, wanted: &HttpRoute) -> Result<(), ClusterError> {
        let only = |route: &HttpRoute| route.only_for(wanted);
        self.patched(namespace, WAY_IN, only).await.map(drop)
    }

    /// Has the route to the store in `namespace` be for the Gateway of `unwanted` no longer, if there is one that is for
    /// another as well.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn remove_gateway(&self, namespace: &str, unwanted: &HttpRoute) -> Result<(), ClusterError> {
        let others = |route: &HttpRoute| route.no_longer_for(unwanted);
        match self.patched(namespace, WAY_IN, others).await {
            Ok(_) | Err(ClusterError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes the way in to the store in `namespace` away, whichever kinds of object lead there: the platform may have
    /// changed from one to the other since the store was made. Says whether there was one.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_ways_in(&self, namespace: &str) -> Result<bool, ClusterError> {
        let mut was_there = false;
        for kind in [Routing::Gateway, Routing::Ingress] {
            was_there |= self.delete_way_in(namespace, kind).await?;
        }
        Ok(was_there)
    }

    /// Takes the object of this kind away that leads to the store in `namespace`, if there is one, and says whether there
    /// was.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_way_in(&self, namespace: &str, kind: Routing) -> Result<bool, ClusterError> {
        match kind {
            Routing::Gateway => self.delete::<HttpRoute>(namespace, WAY_IN).await,
            Routing::Ingress => self.delete::<Ingress>(namespace, WAY_IN).await,
        }
    }

    /// Whether an object of this kind leads to the store in `namespace`, and stays.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn has_way_in(&self, namespace: &str, kind: Routing) -> Result<bool, ClusterError> {
        match kind {
            Routing::Gateway => self.has::<HttpRoute>(namespace, WAY_IN).await,
            Routing::Ingress => self.has::<Ingress>(namespace, WAY_IN).await,
        }
    }
}

/// Whether the controller of its Gateway has accepted a route.
fn accepted(route: &HttpRoute) -> WaitState {
    match route.verdict() {
        RouteVerdict::Accepted => WaitState::Done,
        RouteVerdict::Refused(reason) => WaitState::Failed(refused(&reason)),
        RouteVerdict::Pending(reason) => WaitState::Waiting(Some(refused(&reason))),
        RouteVerdict::Unseen(reason) => {
            WaitState::Waiting(Some(Diagnosis::new(FailureCode::RouteRefused, reason)))
        }
    }
}

fn refused(reason: &str) -> Diagnosis {
    Diagnosis::new(FailureCode::RouteRefused, format!("the Gateway does not take the route: {reason}"))
}
