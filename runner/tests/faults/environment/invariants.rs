//! Watches the whole cluster for as long as the tests run, and remembers what must never change: the
//! data of a store's Secrets, and that each incarnation of a store has one namespace in its life, or one
//! each time that it is tried.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use domain::{
    provisioning::event::{Event, EventKind},
    store::Store,
};
use futures_util::TryStreamExt as _;
use k8s_openapi::{
    ByteString,
    api::core::v1::{Namespace, Secret},
};
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{ListParams, WatchEvent, WatchParams},
};
use runner::resources::STORE_UID;
use serde::de::DeserializeOwned;

/// Longer than any of these tests; the API server takes no watch of more than an hour or so.
const WATCH_SECONDS: u32 = 290;

#[derive(Clone, Debug, Default)]
pub(crate) struct InvariantWatcher(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// By the store's uid: its namespaces.
    namespaces: HashMap<String, Vec<String>>,
    /// By the store's uid and the Secret's name: what was ever in it.
    secrets: HashMap<(String, String), Vec<Secret>>,
}

impl InvariantWatcher {
    /// Starts to watch.
    pub(crate) fn begin(admin: &Client) -> Self {
        let invariants = Self::default();
        let (secrets, namespaces) = (invariants.clone(), invariants.clone());
        tokio::spawn(follow(Api::all(admin.clone()), move |secret| secrets.record_secret(secret)));
        tokio::spawn(follow(Api::all(admin.clone()), move |namespace| {
            namespaces.record_namespace(&namespace);
        }));
        invariants
    }

    /// Fails where something happened to `store`, whose timeline has `events`, that must never happen. What was
    /// cleaned up is made anew when the store is retried, and at no other time.
    pub(crate) fn check_store(&self, store: &Store, events: &[Event]) -> Result<(), String> {
        let runs = 1 + events.iter().filter(|event| event.kind == EventKind::RetryRequested).count();
        let seen = self.0.lock().unwrap();
        let uid = store.uid.to_string();
        let namespaces = seen.namespaces.get(&uid).map_or(0, Vec::len);
        if namespaces > runs {
            return Err(format!("it had {namespaces} namespaces"));
        }
        let changed = seen.secrets.iter().find(|((of, _), versions)| *of == uid && versions.len() > runs);
        match changed {
            Some(((_, name), versions)) => Err(format!("its Secret {name} had {} values", versions.len())),
            None => Ok(()),
        }
    }

    fn record_secret(&self, secret: Secret) {
        let Some(uid) = secret.labels().get(STORE_UID) else { return };
        let mut seen = self.0.lock().unwrap();
        let versions = seen.secrets.entry((uid.clone(), secret.name_any())).or_default();
        if versions.iter().all(|version| lasting(version) != lasting(&secret)) {
            versions.push(secret);
        }
    }

    fn record_namespace(&self, namespace: &Namespace) {
        let (Some(of), Some(uid)) = (namespace.labels().get(STORE_UID), namespace.uid()) else { return };
        let mut seen = self.0.lock().unwrap();
        let namespaces = seen.namespaces.entry(of.clone()).or_default();
        if !namespaces.contains(&uid) {
            namespaces.push(uid);
        }
    }
}

/// What is in `secret` but for the password that may be reset: scenarios check that by themselves.
fn lasting(secret: &Secret) -> Vec<(&String, &ByteString)> {
    let data = secret.data.iter().flatten();
    data.filter(|(key, _)| !["admin-password", "next-admin-password"].contains(&key.as_str())).collect()
}

/// Hands every object of a kind, and every version of it that comes, to `saw`.
pub(super) async fn follow<K>(api: Api<K>, saw: impl Fn(K))
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let ours = STORE_UID.to_owned();
    loop {
        let Ok(listed) = api.list(&ListParams::default().labels(&ours)).await else { continue };
        let version = listed.metadata.resource_version.clone().unwrap_or_default();
        listed.items.into_iter().for_each(&saw);
        let params = WatchParams::default().labels(&ours).timeout(WATCH_SECONDS);
        let Ok(events) = api.watch(&params, &version).await else { continue };
        let mut events = std::pin::pin!(events);
        while let Ok(Some(event)) = events.try_next().await {
            match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) => {
                    saw(object);
                }
                WatchEvent::Bookmark(_) => {}
                WatchEvent::Error(_) => break,
            }
        }
    }
}
