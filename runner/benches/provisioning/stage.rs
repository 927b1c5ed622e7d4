//! What the bench plays on: a table and a queue of its own, a client of the cluster for each side,
//! and a list of what it has to remove.

use std::{
    collections::BTreeSet,
    env,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use domain::{
    queue::job::Job,
    store::{Store, slug::Slug, state::State, status::Status},
};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, PersistentVolumeClaim},
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta},
    client::Body,
};
use runner::{
    cluster::client_builder,
    resources::{Blueprint, Passwords},
    runner::Runner,
};
use testkit::{
    account::Account,
    fixture::{Fixture, named_store},
};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    in_process_runner::in_process_runner,
    options::Options,
    reference::{Laps, Reference},
};

/// How long a store may take to get anywhere before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(300);

/// Everything that is measured with.
pub(crate) struct Stage {
    pub(crate) fixture: Fixture,
    /// A runner for a worker in this process.
    pub(crate) runner: Arc<Runner>,
    pub(crate) runner_requests: Arc<Requests>,
    pub(crate) reference: Reference,
    pub(crate) reference_requests: Arc<Requests>,
    admin: Client,
    namespaces: Mutex<BTreeSet<String>>,
}

/// The requests that one client sends to the API server.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    sent: AtomicUsize,
    /// Told when an ingress is asked for, a store's last object.
    pub(crate) ingress: Notify,
}

impl Requests {
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Stage {
    pub(crate) async fn new(options: &Options) -> anyhow::Result<Self> {
        if env::var_os("AWS_ENDPOINT_URL_DYNAMODB").is_none() {
            bail!("the bench needs the local stack: run it with `make bench`");
        }
        let fixture = Fixture::new().await;
        let (table, queue) = (fixture.table.clone(), fixture.queue.clone());
        let slots = options.slots.to_string();
        let (runner_requests, reference_requests) = (Arc::default(), Arc::default());
        let client = client(Account::Runner, &runner_requests).await?;
        let runner = in_process_runner(table, queue, client, "bench", ["--slots", &slots]);
        Ok(Self {
            fixture,
            runner: Arc::new(runner),
            runner_requests,
            // With the runner's account: what RBAC takes is the same for both.
            reference: Reference::new(self::client(Account::Runner, &reference_requests).await?),
            reference_requests,
            admin: self::client(Account::Administrator, &Arc::default()).await?,
            namespaces: Mutex::default(),
        })
    }

    /// Asks for a new store as the API does: the table, then the job.
    pub(crate) async fn ask(&self) -> anyhow::Result<Store> {
        let store = self.new_store();
        self.fixture.create(&store).await;
        self.send(&store).await?;
        Ok(store)
    }

    /// Sends the job of what `store` has to do.
    pub(crate) async fn send(&self, store: &Store) -> anyhow::Result<()> {
        let job = Job::of(store).context("the store is at rest")?;
        Ok(self.fixture.queue.send(&job, None).await?)
    }

    /// Waits until the store is in `status`, asking the table with `pause` in between.
    pub(crate) async fn until(&self, id: &Slug, status: Status, pause: Duration) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            let store = self.fixture.table.store(id).await?.context("the store's record is gone")?;
            if store.state.status() == status {
                return Ok(());
            }
            if let State::Failed(failed) = &store.state {
                bail!("store {id} failed: {}", failed.failure.message);
            }
            if started.elapsed() > PATIENCE {
                bail!("store {id} stays {:?}", store.state);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Makes a store with the reference client, which no table knows of. The generation of its
    /// passwords is counted, since the runner does the same.
    pub(crate) async fn make_by_reference(&self) -> anyhow::Result<Laps> {
        let store = self.new_store();
        let resources =
            Blueprint::new(&store, self.runner.settings.clone()).resources(&Passwords::generate()?);
        Box::pin(self.reference.make(&resources)).await
    }

    /// Makes an empty namespace, and returns its name.
    pub(crate) async fn make_empty_namespace(&self) -> anyhow::Result<String> {
        let name = self.new_store().id.namespace();
        let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
        self.reference.create_namespace(&Namespace { metadata, ..Namespace::default() }).await?;
        Ok(name)
    }

    /// Removes what is left of the namespaces, and waits until they are gone.
    pub(crate) async fn remove_namespaces(&self) -> anyhow::Result<()> {
        let ours = std::mem::take(&mut *self.namespaces.lock().unwrap_or_else(PoisonError::into_inner));
        let api: Api<Namespace> = Api::all(self.admin.clone());
        let started = Instant::now();
        let mut asked = BTreeSet::new();
        loop {
            let all = api.list(&ListParams::default()).await?.items;
            let left: Vec<_> =
                all.iter().map(ResourceExt::name_any).filter(|name| ours.contains(name)).collect();
            if left.is_empty() {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                bail!("these namespaces do not go: {}", left.join(", "));
            }
            for name in left {
                if asked.insert(name.clone()) {
                    self.remove_namespace(&api, &name).await?;
                }
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Removes everything.
    pub(crate) async fn remove(&self) -> anyhow::Result<()> {
        self.remove_namespaces().await?;
        let Fixture { table, queue, clients } = &self.fixture;
        clients.dynamodb.delete_table().table_name(table.name()).send().await?;
        for url in [queue.url().to_owned(), queue.dead_letter_url()] {
            clients.sqs.delete_queue().queue_url(url).send().await?;
        }
        Ok(())
    }

    async fn remove_namespace(&self, api: &Api<Namespace>, name: &str) -> anyhow::Result<()> {
        let params = DeleteParams::background();
        let gone = |error: &kube::Error| matches!(error, kube::Error::Api(status) if status.is_not_found());
        match api.delete(name, &params).await {
            Err(error) if !gone(&error) => return Err(error.into()),
            _ => {}
        }
        // What `runner::teardown` does, too: half the time.
        let all = ListParams::default();
        let deployments: Api<Deployment> = Api::namespaced(self.admin.clone(), name);
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(self.admin.clone(), name);
        deployments.delete_collection(&params, &all).await?;
        claims.delete_collection(&params, &all).await?;
        Ok(())
    }

    /// A store whose namespace is removed in the end, whoever makes it.
    fn new_store(&self) -> Store {
        let store = named_store(&format!("Bench {}", Uuid::new_v4().simple()), "bench");
        let mut namespaces = self.namespaces.lock().unwrap_or_else(PoisonError::into_inner);
        namespaces.insert(store.id.namespace());
        store
    }
}

/// A client of `account`, which counts its requests.
async fn client(account: Account, requests: &Arc<Requests>) -> anyhow::Result<Client> {
    let config = account.config().await;
    let requests = Arc::clone(requests);
    let count = tower::util::MapRequestLayer::new(move |request: http::Request<Body>| {
        requests.sent.fetch_add(1, Ordering::Relaxed);
        if request.uri().path().ends_with("/ingresses") {
            requests.ingress.notify_one();
        }
        request
    });
    Ok(client_builder(config)?.with_layer(&count).build())
}
