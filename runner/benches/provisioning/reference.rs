//! The reference client: creates a store's objects and waits for them, and does nothing else. What
//! the runner takes above it is the price of the table, the queue and the events.

use std::{
    fmt::Debug,
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use domain::provisioning::step::Step;
use futures_util::{TryStreamExt as _, future::try_join_all};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{DeleteParams, PostParams, WatchEvent, WatchParams},
};
use runner::{
    cluster::{Object, WaitState, available, complete},
    resources::{CredentialObjects, StoreResources, WayIn, WorkloadObjects},
};

/// Plain requests, none of them tried again: one that fails ends the bench.
pub(crate) struct Reference {
    client: Client,
}

/// How long each step took.
pub(crate) type Laps = Vec<(Step, Duration)>;

impl Reference {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes the cluster hold all of `resources`, working: in the runner's order, with as much at
    /// the same time, and with its conditions for what is ready.
    pub(crate) async fn make(&self, resources: &StoreResources) -> anyhow::Result<Laps> {
        let StoreResources {
            namespace,
            network_policies,
            resource_quota,
            limit_range,
            credentials,
            mysql:
                WorkloadObjects { volume_claim: database_claim, deployment: database, service: database_service },
            setup_job,
            wordpress: WorkloadObjects { volume_claim: shop_claim, deployment: shop, service: shop_service },
            way_in,
        } = resources;
        let mut laps = Laps::new();
        lap(&mut laps, Step::CreateNamespace, self.create_namespace(namespace)).await?;
        let policies = async {
            tokio::try_join!(
                self.create_all(network_policies),
                self.create(database_claim),
                self.create(shop_claim)
            )
        };
        lap(&mut laps, Step::CreateNetworkPolicies, policies).await?;
        let quota = async { tokio::try_join!(self.create(resource_quota), self.create(limit_range)) };
        lap(&mut laps, Step::CreateQuota, quota).await?;
        let CredentialObjects::Generated(secrets) = credentials else { bail!("secrets from outside") };
        lap(&mut laps, Step::CreateSecrets, self.create_all(secrets)).await?;
        let deployed = async { tokio::try_join!(self.create(database), self.create(database_service)) };
        let (database, _) = lap(&mut laps, Step::DeployMysql, deployed).await?;
        let ready = async {
            tokio::try_join!(self.wait(database, available), self.create(shop), self.create(setup_job))
        };
        let ((), shop, setup) = lap(&mut laps, Step::WaitMysql, Box::pin(ready)).await?;
        lap(&mut laps, Step::SetupWoocommerce, self.wait(setup, complete)).await?;
        lap(&mut laps, Step::DeployWordpress, self.create(shop_service)).await?;
        lap(&mut laps, Step::WaitWordpress, self.wait(shop, available)).await?;
        let Some(WayIn::Ingress(ingress)) = way_in else {
            bail!("a route, which is accepted by nobody here")
        };
        lap(&mut laps, Step::CreateIngress, self.create(ingress.as_ref())).await?;
        Ok(laps)
    }

    /// Creates a namespace.
    pub(crate) async fn create_namespace(&self, namespace: &Namespace) -> anyhow::Result<Namespace> {
        Ok(Api::all(self.client.clone()).create(&PostParams::default(), namespace).await?)
    }

    /// Deletes a namespace and waits until it is gone.
    pub(crate) async fn delete_namespace(&self, name: &str) -> anyhow::Result<()> {
        let api: Api<Namespace> = Api::all(self.client.clone());
        let Some(terminating) = api.delete(name, &DeleteParams::default()).await?.left() else {
            return Ok(());
        };
        let mut events = std::pin::pin!(api.watch(&only(name), &version(&terminating)).await?);
        while let Some(event) = events.try_next().await? {
            if matches!(event, WatchEvent::Deleted(_)) {
                return Ok(());
            }
        }
        bail!("the watch of namespace {name} ended before it was gone")
    }

    async fn create_all<K>(&self, objects: &[K]) -> anyhow::Result<Vec<K>>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        try_join_all(objects.iter().map(|object| self.create(object))).await
    }

    async fn create<K>(&self, object: &K) -> anyhow::Result<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let created = self.api(object).create(&PostParams::default(), object).await;
        created.with_context(|| format!("{} {} was not created", K::kind(&()), object.name_any()))
    }

    async fn wait<K>(&self, object: K, verdict: fn(&K) -> WaitState) -> anyhow::Result<()>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
    {
        let name = object.name_any();
        let mut events = std::pin::pin!(self.api(&object).watch(&only(&name), &version(&object)).await?);
        while let Some(event) = events.try_next().await? {
            let (WatchEvent::Added(seen) | WatchEvent::Modified(seen)) = event else {
                bail!("{} {name}: {event:?}", K::kind(&()))
            };
            match verdict(&seen) {
                WaitState::Done => return Ok(()),
                WaitState::Waiting(_) => {}
                WaitState::Failed(diagnosis) => {
                    bail!("{} {name} failed: {}", K::kind(&()), diagnosis.message)
                }
            }
        }
        bail!("the watch of {} {name} ended before it was ready", K::kind(&()))
    }

    fn api<K>(&self, object: &K) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default())
    }
}

async fn lap<T>(
    laps: &mut Laps,
    step: Step,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    let done = work.await.with_context(|| format!("the reference client, {step}"))?;
    laps.push((step, started.elapsed()));
    Ok(done)
}

fn only(name: &str) -> WatchParams {
    WatchParams::default().fields(&format!("metadata.name={name}")).timeout(240)
}

fn version<K: Resource + Debug>(object: &K) -> String {
    object.resource_version().unwrap_or_default()
}
