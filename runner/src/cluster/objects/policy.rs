//! Changes who is let in to a store, where its visitors come another way than when it was made.

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyIngressRule};
use kube::ResourceExt as _;
use serde_json::{Value, json};

use crate::cluster::{client::Cluster, error::ClusterError};

impl Cluster {
    /// Lets in whom `wanted` lets in, beside those who are.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn let_in_too(&self, wanted: &NetworkPolicy) -> Result<(), ClusterError> {
        self.change_rules(wanted, |found| {
            let missing = rules(wanted).iter().filter(|rule| !found.contains(rule));
            found.iter().chain(missing).cloned().collect()
        })
        .await
    }

    /// Lets in whom `wanted` lets in, and nobody else.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn let_in_only(&self, wanted: &NetworkPolicy) -> Result<(), ClusterError> {
        self.change_rules(wanted, |_| rules(wanted).to_vec()).await
    }

    /// Puts in place of the rules that the policy of this name has what `change` makes of them. One that somebody has
    /// taken away keeps nobody out.
    async fn change_rules(
        &self,
        wanted: &NetworkPolicy,
        change: impl Fn(&[NetworkPolicyIngressRule]) -> Vec<NetworkPolicyIngressRule>,
    ) -> Result<(), ClusterError> {
        let patch = |found: &NetworkPolicy| -> Option<Value> {
            let changed = change(rules(found));
            (changed != rules(found)).then(|| json!({ "spec": { "ingress": changed } }))
        };
        let namespace = wanted.namespace().unwrap_or_default();
        match self.patched(&namespace, &wanted.name_any(), patch).await {
            Ok(_) | Err(ClusterError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn rules(policy: &NetworkPolicy) -> &[NetworkPolicyIngressRule] {
    policy.spec.as_ref().and_then(|spec| spec.ingress.as_deref()).unwrap_or_default()
}
