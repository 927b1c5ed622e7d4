//! What leads visitors to a store: an Ingress, of which nobody says whether it is served, or a route.

use domain::health::WayIn;
use kube::{Resource as _, ResourceExt as _};
use serde::Deserialize;

use super::Metadata;
use crate::resources::{HttpRoute, RouteVerdict, WAY_IN};

/// An `Ingress`, by its metadata.
#[derive(Deserialize)]
pub(in crate::health) struct ListedIngress {
    pub(in crate::health) metadata: Metadata,
}

impl ListedIngress {
    /// Whether it is the one of a shop, and stays.
    pub(in crate::health) fn is_of_a_shop(&self) -> bool {
        self.metadata.name == WAY_IN && !self.metadata.is_terminating()
    }
}

/// What `route` comes to for who visits the store, where it is the one of a shop, and stays.
pub(in crate::health) fn way_in_by(route: &HttpRoute) -> Option<WayIn> {
    let is_of_a_shop = route.name_any() == WAY_IN;
    (is_of_a_shop && route.meta().deletion_timestamp.is_none()).then(|| match route.best_verdict() {
        RouteVerdict::Accepted => WayIn::Open,
        RouteVerdict::Pending(reason) | RouteVerdict::Refused(reason) | RouteVerdict::Unseen(reason) => {
            WayIn::Refused(reason)
        }
    })
}
