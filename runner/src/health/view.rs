//! What there is of stores in the cluster, by a few lists of the whole of it.

use std::collections::{BTreeMap, HashMap};

use domain::{
    health::{Certificate, Observation, Page, Presence, WayIn},
    table::Incarnation,
};
use k8s_openapi::api::{
    core::v1::{Namespace, PersistentVolumeClaim, Pod, ResourceQuota},
    networking::v1::Ingress,
};
use kube::{Resource as _, ResourceExt as _};
use uuid::Uuid;

use super::{
    listing::{Effort, Extent, Listing},
    objects::{
        ListedCertificate, ListedClaim, ListedIngress, ListedNamespace, ListedPod, ListedQuota, Metadata,
        way_in_by,
    },
};
use crate::{
    cluster::{NO_CERT_MANAGER, is_of_unknown_kind},
    resources::{self, CERTIFICATE, HttpRoute, STORE_UID, of_any_store, of_any_workload},
    visit::Target,
};

/// The stores of a sweep, as they were seen.
#[derive(Debug)]
pub(super) struct View(HashMap<Uuid, Seen>);

/// One of them.
#[derive(Debug)]
struct Seen {
    namespace: String,
    sighting: Observation,
    /// Whether its shop has an https address.
    is_https: bool,
    /// Where its shop is asked for its pages, where it serves.
    target: Option<Target>,
    /// Whether it is to have a way in.
    wants_way_in: bool,
}

impl View {
    /// Sees `stores`, and says what that took. The namespaces are listed last: one that goes in the middle
    /// is seen to have gone, and not to have lost its pods.
    ///
    /// Certificates are listed where each store has `certificates` of its own.
    pub(super) async fn of(
        listing: &Listing,
        stores: &[Incarnation],
        certificates: bool,
    ) -> Result<(Self, Effort), kube::Error> {
        let mut view = Self(stores.iter().map(|store| (store.uid, Seen::nothing_of(store))).collect());
        let mut effort = Effort::default();
        let (workloads, any) = (of_any_workload(), of_any_store());
        let whole = Extent::Whole;

        let pods = listing
            .all::<Pod, _, _>(&workloads, whole, &mut effort, |pod: ListedPod| {
                Some((view.whose(&pod.metadata)?, pod.is_https(), pod.target(), pod.into_pod()?))
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
        let certificates =
            if certificates { view.certificates(listing, &mut effort).await? } else { Vec::new() };
        let ways_in = view.ways_in(listing, &mut effort).await?;
        let namespaces = listing
            .all::<Namespace, _, _>(&any, Extent::Metadata, &mut effort, |namespace: ListedNamespace| {
                Some((view.whose(&namespace.metadata)?, namespace.presence()))
            })
            .await?;

        for (uid, is_https, target, pod) in pods {
            if let Some(seen) = view.0.get_mut(&uid) {
                seen.is_https |= is_https;
                seen.target = seen.target.take().or(target);
                seen.sighting.pods.push(pod);
            }
        }
        for (uid, certificate) in certificates {
            view.add(uid, |seen| seen.certificate = certificate);
        }
        ways_in.into_iter().for_each(|(uid, way_in)| view.add(uid, |seen| seen.way_in = way_in));
        claims.into_iter().for_each(|(uid, volume)| view.add(uid, |seen| seen.volumes.push(volume)));
        quotas.into_iter().for_each(|(uid, uses)| view.add(uid, |seen| seen.quota.extend(uses)));
        namespaces.into_iter().for_each(|(uid, presence)| view.add(uid, |seen| seen.namespace = presence));
        Ok((view, effort))
    }

    /// The certificates of the stores, and of those that should have one and have none, why.
    async fn certificates(
        &self,
        listing: &Listing,
        effort: &mut Effort,
    ) -> Result<Vec<(Uuid, Certificate)>, kube::Error> {
        let any = of_any_store();
        let listed = listing
            .all::<resources::CertificateObject, _, _>(
                &any,
                Extent::Whole,
                effort,
                |found: ListedCertificate| {
                    found.is_of_a_shop().then_some(())?;
                    Some((self.whose(&found.metadata)?, found.into_certificate()))
                },
            )
            .await;
        match listed {
            Ok(found) => {
                let missing =
                    || Certificate::Pending(format!("cert-manager has made no Certificate {CERTIFICATE}"));
                let mut certificates: HashMap<_, _> = self.0.keys().map(|uid| (*uid, missing())).collect();
                certificates.extend(found);
                Ok(certificates.into_iter().collect())
            }
            Err(kube::Error::Api(status))
                if is_of_unknown_kind(&status, &resources::CertificateObject::group(&())) =>
            {
                let pending = || Certificate::Pending(NO_CERT_MANAGER.into());
                Ok(self.0.keys().map(|uid| (*uid, pending())).collect())
            }
            Err(error) => Err(error),
        }
    }

    /// Where the shops that serve are asked for their pages, but for those that are to have no visitors.
    pub(super) fn targets(&self) -> impl Iterator<Item = (Uuid, Target)> {
        self.0
            .iter()
            .filter_map(|(uid, seen)| Some((*uid, seen.target.clone().filter(|_| seen.wants_way_in)?)))
    }

    /// What leads visitors to the stores, whichever kind of object that is: who changes from one to the other has
    /// both for a while.
    async fn ways_in(
        &self,
        listing: &Listing,
        effort: &mut Effort,
    ) -> Result<HashMap<Uuid, WayIn>, kube::Error> {
        let mut ways = self.routes(listing, effort).await?;
        let any = of_any_store();
        let ingresses = listing
            .all::<Ingress, _, _>(&any, Extent::Metadata, effort, |ingress: ListedIngress| {
                ingress.is_of_a_shop().then(|| self.whose(&ingress.metadata)).flatten()
            })
            .await?;
        // It serves, whatever a route beside it does.
        ways.extend(ingresses.into_iter().map(|uid| (uid, WayIn::Open)));
        if self.0.iter().any(|(uid, seen)| seen.wants_way_in && !ways.contains_key(uid)) {
            // A route may have taken an Ingress's place between the two lists.
            for (uid, way_in) in self.routes(listing, effort).await? {
                ways.entry(uid).or_insert(way_in);
            }
        }
        Ok(ways)
    }

    /// What the routes of the stores come to.
    async fn routes(
        &self,
        listing: &Listing,
        effort: &mut Effort,
    ) -> Result<HashMap<Uuid, WayIn>, kube::Error> {
        let any = of_any_store();
        let listed = listing
            .all::<HttpRoute, _, _>(&any, Extent::Whole, effort, |route: HttpRoute| {
                let namespace = route.namespace()?;
                Some((self.whose_is(route.labels(), &namespace)?, way_in_by(&route)?))
            })
            .await;
        match listed {
            Ok(found) => Ok(found.into_iter().collect()),
            Err(kube::Error::Api(status)) if is_of_unknown_kind(&status, &HttpRoute::group(&())) => {
                Ok(HashMap::new())
            }
            Err(error) => Err(error),
        }
    }

    /// What was seen of incarnation `uid`.
    pub(super) fn take(&mut self, uid: Uuid) -> Observation {
        self.0.remove(&uid).map_or_else(nothing, Seen::into_observation)
    }

    /// Which of the stores an object belongs to: by its label, and by the place where it is. What another
    /// installation has made, or an earlier store of the name, has another uid.
    fn whose(&self, object: &Metadata) -> Option<Uuid> {
        self.whose_is(&object.labels, object.namespace.as_ref().unwrap_or(&object.name))
    }

    fn whose_is(&self, labels: &BTreeMap<String, String>, place: &str) -> Option<Uuid> {
        let uid = labels.get(STORE_UID)?.parse().ok()?;
        self.0.get(&uid).filter(|seen| seen.namespace == place).map(|_| uid)
    }

    fn add(&mut self, uid: Uuid, change: impl FnOnce(&mut Observation)) {
        if let Some(seen) = self.0.get_mut(&uid) {
            change(&mut seen.sighting);
        }
    }
}

impl Seen {
    fn nothing_of(store: &Incarnation) -> Self {
        let Incarnation { id, uid: _, owner: _, wants_way_in } = store;
        let (namespace, wants_way_in) = (id.namespace(), *wants_way_in);
        Self { namespace, sighting: nothing(), is_https: false, target: None, wants_way_in }
    }

    /// A shop that answers at http needs no certificate: it was made before stores had some. One that is to have no way
    /// in misses none.
    fn into_observation(self) -> Observation {
        let Self { namespace: _, mut sighting, is_https, target: _, wants_way_in } = self;
        if !wants_way_in {
            sighting.way_in = WayIn::Unasked;
        }
        if !is_https {
            sighting.certificate = Certificate::Unasked;
        }
        sighting
    }
}

fn nothing() -> Observation {
    Observation {
        namespace: Presence::Absent,
        pods: Vec::new(),
        volumes: Vec::new(),
        quota: Vec::new(),
        certificate: Certificate::Unasked,
        way_in: WayIn::Absent,
        page: Page::Unasked,
        mail: None,
    }
}
