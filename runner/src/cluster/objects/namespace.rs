//! What is done with namespaces: made, deleted, and waited for until they are gone.

use domain::provisioning::failure::FailureCode;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, ResourceExt as _};
use uuid::Uuid;

use super::{create::Terminating, delete::only};
use crate::{
    cluster::{
        client::{Cluster, kind},
        diagnosis::Diagnosis,
        error::ClusterError,
        wait::{WaitState, WatchEnd},
    },
    resources::is_owned_by,
};

impl Cluster {
    /// Creates the store's namespace, as [`Self::create`] does. One of that name which is being
    /// deleted is waited for.
    ///
    /// # Errors
    /// [`ClusterError`]; a conflict says whether it is with an earlier incarnation of the store.
    pub async fn create_namespace(&self, namespace: &Namespace) -> Result<Namespace, ClusterError> {
        Box::pin(self.create_in(&self.namespaces(), namespace, Terminating::Watched(in_the_way))).await
    }

    /// Asks for the deletion of the namespace `name`, and returns it as it is then; nothing where it
    /// is gone, or is not this store's.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn delete_namespace(&self, name: &str) -> Result<Option<Namespace>, ClusterError> {
        self.delete_namespace_of(name, self.uid).await
    }

    /// Deletes the namespace `name` that the incarnation `uid`, which is no more, has left behind, and
    /// waits until it is gone.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn remove_namespace_of(&self, name: &str, uid: Uuid) -> Result<(), ClusterError> {
        match self.delete_namespace_of(name, uid).await? {
            Some(terminating) => self.wait_until_gone(terminating).await,
            None => Ok(()),
        }
    }

    /// Waits until a namespace is gone, starting from it as its deletion returned it. Never gives up
    /// by itself, and never takes a finalizer away: who put it there has something to do first.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn wait_until_gone(&self, namespace: Namespace) -> Result<(), ClusterError> {
        let (kind, name) = (kind::<Namespace>(), namespace.name_any());
        match Box::pin(self.watch(&self.namespaces(), namespace, still_there, None)).await? {
            WatchEnd::Deleted | WatchEnd::Done => Ok(()),
            WatchEnd::Failed(diagnosis) => Err(ClusterError::Failed { kind, name, diagnosis }),
        }
    }

    /// Whether the namespace `name` is there to stay, and this store's.
    pub(in crate::cluster) async fn has_namespace(&self, name: &str) -> Result<bool, ClusterError> {
        let api = self.namespaces();
        let found = self.retried::<Namespace, _, _>("get", name, || api.get_opt(name)).await?;
        Ok(found.is_some_and(|found| {
            is_owned_by(&found, self.uid) && found.metadata.deletion_timestamp.is_none()
        }))
    }

    async fn delete_namespace_of(&self, name: &str, uid: Uuid) -> Result<Option<Namespace>, ClusterError> {
        let api = self.namespaces();
        loop {
            let found = self.retried::<Namespace, _, _>("get", name, || api.get_opt(name)).await?;
            let Some(found) = found.filter(|found| is_owned_by(found, uid)) else { return Ok(None) };
            if found.metadata.deletion_timestamp.is_some() {
                return Ok(Some(found));
            }
            if let Some(terminating) = self.deleted(&api, &found, &only(&found)).await? {
                return Ok(Some(terminating));
            }
        }
    }

    fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }
}

/// A namespace that is being deleted, with what it says that it waits for.
fn still_there(namespace: &Namespace) -> WaitState {
    let reasons = reasons(namespace);
    WaitState::Waiting((!reasons.is_empty()).then(|| Diagnosis::new(FailureCode::CleanupFailed, reasons)))
}

/// The same, of one whose name is wanted.
fn in_the_way(namespace: &Namespace) -> WaitState {
    let (name, reasons) = (namespace.name_any(), reasons(namespace));
    let message = format!("the namespace {name} of before is still being deleted. {reasons}");
    WaitState::Waiting(Some(Diagnosis::new(FailureCode::NamespaceConflict, message.trim_end())))
}

/// What a namespace that is being deleted waits for, as far as it says.
fn reasons(namespace: &Namespace) -> String {
    let conditions = namespace.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let reasons: Vec<_> = conditions
        .filter(|condition| condition.status == "True")
        .filter_map(|condition| condition.message.clone())
        .collect();
    reasons.join(" ")
}
