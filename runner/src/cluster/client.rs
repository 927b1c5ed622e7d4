//! One store's access to the cluster: what all requests on its behalf share.

use std::{
    fmt::Debug,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use kube::{Client, Resource};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    error::Trouble,
    troubles::{Troubles, Warnings},
};
use crate::{lease::LeaseGuard, observe::metrics::Metrics};

/// How long an image that can't be pulled is waited for where nobody says: a kubelet tries again after 10, 20
/// and 40 s.
const PULL_GRACE: Duration = Duration::from_secs(60);

/// One store's access to the cluster.
pub struct Cluster {
    pub(super) client: Client,
    pub(super) uid: Uuid,
    /// Nothing is sent once the store's lease may be somebody else's.
    pub(super) lease: Arc<LeaseGuard>,
    /// How long a wait lasts before the pods behind it are checked, and then again and again.
    pub(super) pod_check_interval: Duration,
    /// How long an image that can't be pulled is waited for.
    pub(super) pull_grace: Duration,
    pub(super) metrics: Metrics,
    pub(super) troubles: Troubles,
    pub(super) warnings: Warnings,
    /// Whether something of this store was found that an earlier attempt has made.
    pub(super) finds: AtomicBool,
    /// Why a request was tried again, each time that one is.
    pub(super) retries: watch::Sender<String>,
}

impl Cluster {
    /// Access on behalf of the store's incarnation `uid`, for as long as its `lease` is held, which
    /// checks the pods behind a wait each time that `pod_check_interval` has passed.
    #[must_use]
    pub fn new(
        client: Client,
        uid: Uuid,
        lease: Arc<LeaseGuard>,
        pod_check_interval: Duration,
        metrics: Metrics,
    ) -> Self {
        Self {
            client,
            uid,
            lease,
            pod_check_interval,
            pull_grace: PULL_GRACE,
            metrics,
            troubles: Troubles::default(),
            warnings: Warnings::default(),
            finds: AtomicBool::new(false),
            retries: watch::Sender::default(),
        }
    }

    /// The same, which waits for as long as `grace` for an image that can't be pulled.
    #[must_use]
    pub fn with_pull_grace(self, grace: Duration) -> Self {
        Self { pull_grace: grace, ..self }
    }

    /// What stands in the way, if something does: first of all that the API server does not do what it is
    /// asked, since what is known of an object is old then.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.troubles.worst()
    }

    /// Waits until a request is tried again, from this call on, and says why. That something new is not
    /// counted yet is expected, and none of these.
    pub fn retried_next(&self) -> impl Future<Output = String> + use<> {
        let mut retries = self.retries.subscribe();
        async move {
            match retries.changed().await {
                Ok(()) => retries.borrow_and_update().clone(),
                // Nothing is asked any more.
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// What the API server has warned of since this was last asked, each warning once in a store's life with
    /// this runner.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }
}

/// What every object has that is sent, received and watched.
pub trait Object: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static {}
impl<K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static> Object for K {}

/// What the API calls the kind `K`.
pub(super) fn kind<K: Resource<DynamicType = ()>>() -> String {
    K::kind(&()).into_owned()
}
