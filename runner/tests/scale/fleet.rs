//! Many stores that are up, as far as the table and the health sweeps go: their records,
//! and those of their objects that sweeps look at, made without a runner. KWOK plays the kubelet. The test
//! and the bench of many stores share it.

use anyhow::{Context as _, bail};
use domain::store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use k8s_openapi::{
    NamespaceResourceScope,
    api::core::v1::{Namespace, Pod, ResourceQuota, ServiceAccount},
};
use kube::{
    Api, Client, Resource,
    api::{ListParams, ObjectMeta, PostParams},
    client::Body,
};
use runner::{
    cluster::{Object, client_builder},
    health::{HealthSweep, HealthSweeper},
    resources::{Blueprint, Passwords, StoreResources, WayIn, WorkloadObjects},
    runner::Runner,
    settings::StoreSettings,
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use testkit::{account::Account, fixture::Fixture};

use crate::in_process_runner::in_process_runner;

/// How many stores are made at the same time.
const AT_ONCE: usize = 16;
/// The one node.
const NODE: &str = "local";
/// How long the cluster may take until all of it is there.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long to wait between two looks at whether it is.
const PAUSE: Duration = Duration::from_secs(1);

/// A client of `account`, which counts its requests in `requests`.
pub(crate) async fn client(account: Account, requests: &Arc<AtomicUsize>) -> anyhow::Result<Client> {
    let config = account.config().await;
    let requests = Arc::clone(requests);
    let count = tower::util::MapRequestLayer::new(move |request: http::Request<Body>| {
        requests.fetch_add(1, Ordering::Relaxed);
        request
    });
    Ok(client_builder(config)?.with_layer(&count).build())
}

/// Makes `count` stores.
pub(crate) async fn make(
    fixture: &Fixture,
    admin: &Client,
    settings: &StoreSettings,
    count: usize,
) -> anyhow::Result<Vec<Store>> {
    let made: anyhow::Result<Vec<_>> = stream::iter(0..count)
        .map(|_| async {
            let store = fixture.ready_store().await;
            Box::pin(furnish(admin, settings, &store)).await?;
            Ok(store)
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await;
    let stores = made?;
    until_counted(admin, &stores).await?;
    Ok(stores)
}

/// Waits until the quotas of `stores` are counted: their controller may be late, and what it counts is news to a sweep.
async fn until_counted(admin: &Client, stores: &[Store]) -> anyhow::Result<()> {
    let namespaces: HashSet<_> = stores.iter().map(|store| store.id.namespace()).collect();
    let quotas = Api::<ResourceQuota>::all(admin.clone());
    until_nothing_is_missing(async || {
        let listed = quotas.list(&ListParams::default()).await?.items.into_iter();
        let counted = listed.filter(is_counted).filter_map(|quota| quota.metadata.namespace);
        let counted = counted.filter(|namespace| namespaces.contains(namespace)).count();
        let all = namespaces.len();
        Ok((counted < all).then(|| format!("of {all} quotas {counted} are counted")))
    })
    .await
}

/// Whether it is known how much of `quota` is used; of all that it limits, these stores use something.
fn is_counted(quota: &ResourceQuota) -> bool {
    let used = quota.status.as_ref().and_then(|status| status.used.as_ref());
    used.is_some_and(|used| !used.is_empty() && used.values().all(|quantity| quantity.0 != "0"))
}

/// Makes the objects of `store` that sweeps look at.
async fn furnish(admin: &Client, settings: &StoreSettings, store: &Store) -> anyhow::Result<()> {
    let blueprint = Blueprint::new(store, settings.clone());
    let StoreResources {
        namespace,
        network_policies: _,
        resource_quota,
        limit_range: _,
        credentials: _,
        mysql,
        setup_job: _,
        wordpress,
        way_in,
    } = blueprint.resources(&Passwords::generate()?);
    let name = store.id.namespace();
    Api::<Namespace>::all(admin.clone()).create(&PostParams::default(), &namespace).await?;
    // Its controller makes it, too, but no pod is admitted before.
    let account = ServiceAccount { metadata: named("default"), ..ServiceAccount::default() };
    match create(admin, &name, &account).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        created => created?,
    }
    for WorkloadObjects { volume_claim, deployment, service: _ } in [mysql, wordpress] {
        create(admin, &name, &volume_claim).await?;
        let template = deployment.spec.context("a deployment without a spec")?.template;
        let workload = deployment.metadata.name.context("a deployment without a name")?;
        let mut spec = template.spec.context("a template without a spec")?;
        // Past the scheduler, which has no part in this.
        spec.node_name = Some(NODE.into());
        let labels = template.metadata.and_then(|metadata| metadata.labels);
        let metadata = ObjectMeta { labels, ..named(&format!("{workload}-1")) };
        create(admin, &name, &Pod { metadata, spec: Some(spec), ..Pod::default() }).await?;
    }
    match way_in.context("a store that is up without a way in")? {
        WayIn::Ingress(ingress) => create(admin, &name, ingress.as_ref()).await?,
        WayIn::Route(route) => create(admin, &name, route.as_ref()).await?,
    }
    // Last: it is admitted by nobody's count.
    create(admin, &name, &resource_quota).await?;
    Ok(())
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() }
}

async fn create<K>(admin: &Client, namespace: &str, object: &K) -> Result<(), kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Object,
{
    Api::<K>::namespaced(admin.clone(), namespace).create(&PostParams::default(), object).await.map(drop)
}

/// Makes sweeps until one has seen `count` stores healthy, and nothing that is new.
pub(crate) async fn settle(watch: &mut HealthSweeper, count: usize) -> anyhow::Result<()> {
    until_nothing_is_missing(async || {
        let HealthSweep::Here(report) = watch.sweep(domain::values::timestamp::Timestamp::now()).await?
        else {
            bail!("somebody else makes the sweeps");
        };
        let is_settled = report.seen.healthy as usize == count && report.written == 0;
        Ok((!is_settled).then(|| format!("of {count} stores, these are there: {report:?}")))
    })
    .await
}

/// Asks what is `missing` again and again, until it is nothing; what lasts too long is an error.
async fn until_nothing_is_missing(
    mut missing: impl AsyncFnMut() -> anyhow::Result<Option<String>>,
) -> anyhow::Result<()> {
    let started = Instant::now();
    while let Some(missing) = missing().await? {
        if started.elapsed() > PATIENCE {
            bail!(missing);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// A runner over `fixture` that makes no stores, with its requests to the API server counted.
pub(crate) async fn runner(fixture: &Fixture) -> anyhow::Result<(Runner, Arc<AtomicUsize>)> {
    let (table, queue) = (fixture.table.clone(), fixture.queue.clone());
    let requests = Arc::default();
    let client = client(Account::Runner, &requests).await?;
    Ok((in_process_runner(table, queue, client, "fleet", [""; 0]), requests))
}
