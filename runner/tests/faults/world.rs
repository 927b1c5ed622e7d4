//! One store's world: its table and queue, the cluster, a runner that meets a fault, and the one that
//! comes after it.

use std::{collections::BTreeMap, env, sync::Arc, time::Duration};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use clap::Parser as _;
use domain::{
    aws::Clients, event::EventKind, fixture::Fixture, job::Job, queue::Queue, status::Status, store::Store,
    table::Table, timestamp::Timestamp,
};
use k8s_openapi::{
    ByteString,
    api::{
        apps::v1::Deployment,
        core::v1::{Namespace, Secret},
    },
};
use kube::{
    Api, Client, Config, ResourceExt as _,
    api::{DeleteParams, ListParams},
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig},
};
use runner::{
    config::{Cli, Command},
    metrics::Metrics,
    readiness::Readiness,
    runner::Runner,
    shutdown::Shutdown,
    worker::work,
};
use tokio::time::{Instant, timeout};

use crate::fault::{Calls, Fault, FaultyHttp};

/// How long a store may take to its end, the waiting for a dead runner's lease included.
const PATIENCE: Duration = Duration::from_secs(150);
/// The shortest lease that leaves room for beats on a machine under load.
const LEASE_SECONDS: &str = "3";

/// What the runner has to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Story {
    Provisioning,
    Teardown,
}

/// What a story came to.
pub(crate) struct Played {
    /// How many calls the first runner made.
    pub(crate) calls: usize,
    /// Whether it came as far as the fault. The slower the machine, the more beats and polls there
    /// are, so no two plays have the same number of calls.
    pub(crate) met: bool,
}

pub(crate) struct World {
    fixture: Fixture,
    admin: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self { fixture: Fixture::new().await, admin: client("KUBECONFIG", &Calls::new(None)).await }
    }

    /// Plays `story` with `fault`, and checks that it ends as it does without one.
    pub(crate) async fn play(&self, story: Story, fault: Option<Fault>) -> Result<Played, String> {
        let store = self.fixture.store().await;
        if let Story::Teardown = story {
            self.send(&store).await;
            self.until_at_rest(&store, &Calls::new(None)).await?;
            self.fixture.request_deletion(&store).await;
        }
        self.send(&self.read(&store).await).await;
        let calls = Calls::new(fault);
        let secrets = self.until_at_rest(&store, &calls).await?;
        let checked = match story {
            Story::Provisioning => self.check_ready(&store, &secrets).await,
            Story::Teardown => self.check_gone(&store).await,
        };
        let left = self.check_queue().await;
        self.remove(&store).await;
        checked.and(left)?;
        Ok(Played { calls: calls.count(), met: calls.struck() })
    }

    /// Lets a runner with `calls` work until the store is at rest; where the runner is gone before,
    /// another one comes. Returns the secrets as they were when it went.
    async fn until_at_rest(&self, store: &Store, calls: &Calls) -> Result<Secrets, String> {
        let at_rest = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(50));
            loop {
                ticks.tick().await;
                if self.read(store).await.state.task().is_none() {
                    break;
                }
            }
        };
        let at_rest = timeout(PATIENCE, at_rest);
        tokio::pin!(at_rest);
        let shutdown = Shutdown::default();
        let first = tokio::spawn(work(self.runner(calls).await, shutdown.clone()));
        let killed = tokio::select! {
            ended = &mut at_rest => { ended.map_err(|_| "it never came to rest".to_owned())?; false }
            () = calls.killed.cancelled() => true,
        };
        let mut secrets = Secrets::new();
        if killed {
            first.abort();
            secrets = self.secrets(store).await;
            let second = tokio::spawn(work(self.runner(&Calls::new(None)).await, shutdown.clone()));
            (&mut at_rest).await.map_err(|_| "it never came to rest after the kill".to_owned())?;
            shutdown.drain.cancel();
            second.await.map_err(|error| error.to_string())?;
        } else {
            shutdown.drain.cancel();
            tokio::select! {
                ended = first => ended.map_err(|error| error.to_string())?,
                // The fault was in answering for the message, or in the sweep.
                () = calls.killed.cancelled() => {}
            }
        }
        Ok(secrets)
    }

    async fn runner(&self, calls: &Calls) -> Arc<Runner> {
        let wrap = |http| SharedHttpClient::new(FaultyHttp { http, calls: calls.clone() });
        let clients = Clients::from_env_through(wrap).await;
        let Fixture { table, queue, .. } = &self.fixture;
        let arguments = ["runner", "run", "--table-name", table.name(), "--queue-url", queue.url()];
        let limits = ["--lease-seconds", LEASE_SECONDS, "--sweep-interval-seconds", "2", "--slots", "1"];
        let Command::Run(config) = Cli::try_parse_from(arguments.into_iter().chain(limits)).unwrap().command;
        Arc::new(Runner {
            table: Table::new(clients.dynamodb, table.name()),
            queue: Queue::new(clients.sqs, queue.url()),
            client: client("RUNNER_KUBECONFIG", calls).await,
            settings: config.store,
            limits: config.limits,
            holder: "runner".into(),
            metrics: Metrics::new(),
            readiness: Readiness::default(),
        })
    }

    async fn check_ready(&self, store: &Store, before: &Secrets) -> Result<(), String> {
        let now = self.read(store).await;
        if now.state.status() != Status::Ready {
            return Err(format!("it is {:?}", now.state));
        }
        let secrets = self.secrets(store).await;
        if secrets.len() != 2 || before.iter().any(|(name, data)| secrets.get(name) != Some(data)) {
            return Err("its secrets are other ones than before".into());
        }
        let deployments: Api<Deployment> = Api::namespaced(self.admin.clone(), &store.id.namespace());
        let found = deployments.list(&ListParams::default()).await.unwrap().items.len();
        if found != 2 {
            return Err(format!("it has {found} deployments"));
        }
        self.check_events(store, EventKind::StoreReady).await?;
        self.check_count(1).await
    }

    async fn check_gone(&self, store: &Store) -> Result<(), String> {
        let now = self.read(store).await;
        if now.state.status() != Status::Deleted {
            return Err(format!("it is {:?}", now.state));
        }
        if self.namespaces().get_opt(&store.id.namespace()).await.unwrap().is_some() {
            return Err("its namespace is still there".into());
        }
        self.check_events(store, EventKind::StoreDeleted).await?;
        self.check_count(0).await
    }

    async fn check_events(&self, store: &Store, once: EventKind) -> Result<(), String> {
        let events = self.fixture.table.events(&store.id, store.uid).await.unwrap();
        let told = events.iter().filter(|event| event.kind == once).count();
        if told == 1 { Ok(()) } else { Err(format!("{once} was told {told} times")) }
    }

    async fn check_count(&self, expected: u64) -> Result<(), String> {
        let count = self.fixture.table.platform_count().await.unwrap();
        if count == expected { Ok(()) } else { Err(format!("the platform counts {count} stores")) }
    }

    /// Every message is answered for in the end: what is left is received and found to be for a store
    /// at rest.
    async fn check_queue(&self) -> Result<(), String> {
        let shutdown = Shutdown::default();
        let runner = tokio::spawn(work(self.runner(&Calls::new(None)).await, shutdown.clone()));
        let start = Instant::now();
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        let left = loop {
            ticks.tick().await;
            let left = self.messages().await;
            if left == 0 || start.elapsed() > PATIENCE {
                break left;
            }
        };
        shutdown.drain.cancel();
        runner.await.map_err(|error| error.to_string())?;
        if left == 0 { Ok(()) } else { Err(format!("{left} messages are left")) }
    }

    async fn messages(&self) -> u32 {
        use aws_sdk_sqs::types::QueueAttributeName::{
            ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesNotVisible as Hidden,
        };
        let request = self.fixture.clients.sqs.get_queue_attributes().queue_url(self.fixture.queue.url());
        let attributes = request
            .attribute_names(Visible)
            .attribute_names(Hidden)
            .send()
            .await
            .unwrap()
            .attributes
            .unwrap();
        [Visible, Hidden].into_iter().map(|name| attributes[&name].parse::<u32>().unwrap()).sum()
    }

    async fn secrets(&self, store: &Store) -> Secrets {
        let secrets: Api<Secret> = Api::namespaced(self.admin.clone(), &store.id.namespace());
        let found = secrets.list(&ListParams::default()).await.unwrap();
        found.into_iter().map(|secret| (secret.name_any(), secret.data.unwrap_or_default())).collect()
    }

    async fn send(&self, store: &Store) {
        self.fixture.queue.send(&Job::of(store).unwrap(), None).await.unwrap();
    }

    async fn read(&self, store: &Store) -> Store {
        self.fixture.table.store(&store.id).await.unwrap().unwrap()
    }

    /// Takes the store's namespace away, without waiting for its end.
    async fn remove(&self, store: &Store) {
        let namespace = store.id.namespace();
        if self.namespaces().get_opt(&namespace).await.unwrap().is_some() {
            self.namespaces().delete(&namespace, &DeleteParams::background()).await.unwrap();
        }
    }

    fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.admin.clone())
    }
}

type Secrets = BTreeMap<String, BTreeMap<String, ByteString>>;

async fn client(variable: &str, calls: &Calls) -> Client {
    let path = env::var_os(variable).expect("this test needs the local stack: run it with `make faults`");
    let kubeconfig = Kubeconfig::read_from(path).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    ClientBuilder::try_from(config).unwrap().with_layer(calls).build()
}
