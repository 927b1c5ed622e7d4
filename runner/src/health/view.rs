//! What there is of stores in the cluster, by a few lists of the whole of it.

use std::collections::HashMap;

use domain::{
    health::{Presence, Sighting},
    table::Incarnation,
};
use k8s_openapi::api::core::v1::{Namespace, PersistentVolumeClaim, Pod, ResourceQuota};
use uuid::Uuid;

use super::{
    listing::{Effort, Extent, Listing},
    objects::{ListedClaim, ListedNamespace, ListedPod, ListedQuota, Metadata},
};
use crate::resources::{STORE_UID, of_any_store, of_any_workload};

/// The stores that are looked for, as they were seen.
#[derive(Debug)]
pub(super) struct View(HashMap<Uuid, Seen>);

/// One of them.
#[derive(Debug)]
struct Seen {
    namespace: String,
    sighting: Sighting,
}

impl View {
    /// Sees `stores`, and says what that took. The namespaces are listed last: one that goes in the middle
    /// is seen to have gone, and not to have lost its pods.
    pub(super) async fn of(listing: &Listing, stores: &[Incarnation]) -> Result<(Self, Effort), kube::Error> {
        let mut view = Self(stores.iter().map(|store| (store.uid, Seen::nothing_of(store))).collect());
        let mut effort = Effort::default();
        let (workloads, any) = (of_any_workload(), of_any_store());
        let whole = Extent::Whole;

        let pods = listing
            .all::<Pod, _, _>(&workloads, whole, &mut effort, |pod: ListedPod| {
                Some((view.whose(&pod.metadata)?, pod.into_pod()?))
            })
            .await?;
        let claims = listing
            .all::<PersistentVolumeClaim, _, _>(&workloads, whole, &mut effort, |claim: ListedClaim| {
                Some((view.whose(&claim.metadata)?, claim.into_volume()?))
            })
            .await?;
        let quotas = listing
            .all::<ResourceQuota, _, _>(&any, whole, &mut effort, |quota: ListedQuota| {
                Some((view.whose(&quota.metadata)?, quota.into_uses()))
            })
            .await?;
        let namespaces = listing
            .all::<Namespace, _, _>(&any, Extent::Metadata, &mut effort, |namespace: ListedNamespace| {
                Some((view.whose(&namespace.metadata)?, namespace.presence()))
            })
            .await?;

        pods.into_iter().for_each(|(uid, pod)| view.add(uid, |seen| seen.pods.push(pod)));
        claims.into_iter().for_each(|(uid, volume)| view.add(uid, |seen| seen.volumes.push(volume)));
        quotas.into_iter().for_each(|(uid, uses)| view.add(uid, |seen| seen.quota.extend(uses)));
        namespaces.into_iter().for_each(|(uid, presence)| view.add(uid, |seen| seen.namespace = presence));
        Ok((view, effort))
    }

    /// What was seen of incarnation `uid`.
    pub(super) fn take(&mut self, uid: Uuid) -> Sighting {
        self.0.remove(&uid).map_or_else(nothing, |seen| seen.sighting)
    }

    /// Which of the stores an object belongs to: by its label, and by the place where it is. What another
    /// installation has made, or an earlier store of the name, has another uid.
    fn whose(&self, object: &Metadata) -> Option<Uuid> {
        let uid = object.labels.get(STORE_UID)?.parse().ok()?;
        let place = object.namespace.as_ref().unwrap_or(&object.name);
        self.0.get(&uid).filter(|seen| seen.namespace == *place).map(|_| uid)
    }

    fn add(&mut self, uid: Uuid, change: impl FnOnce(&mut Sighting)) {
        if let Some(seen) = self.0.get_mut(&uid) {
            change(&mut seen.sighting);
        }
    }
}

impl Seen {
    fn nothing_of(store: &Incarnation) -> Self {
        Self { namespace: store.id.namespace(), sighting: nothing() }
    }
}

fn nothing() -> Sighting {
    Sighting { namespace: Presence::Absent, pods: Vec::new(), volumes: Vec::new(), quota: Vec::new() }
}
