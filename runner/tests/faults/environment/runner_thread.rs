//! A runner on a thread of its own, as a process is: it can be killed and frozen there, and nothing of
//! it goes on.

use std::{sync::Arc, thread, time::Duration};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::{queue::Queue, table::Table};
use kube::Client;
use runner::{
    cluster::client_builder,
    runner::Runner,
    worker::{self, shutdown::Shutdown},
};
use testkit::{account::Account, clients::clients_through, fixture::Fixture};
use tokio::{sync::watch, time::timeout};

use crate::{
    in_process_runner::in_process_runner,
    injection::injector::{Condition, HOLDER, InjectedHttpClient, Injector},
};

/// How long a store waits for the next runner after one has died. A shorter one could not be extended in time
/// on a machine under load.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// How often a store may be taken up: the default of runners.
pub(crate) const MAX_ATTEMPTS: usize = 5;

/// How long a runner may take to end after it was asked to: a poll, and the job that it still has.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct RunnerThread {
    pub(crate) injector: Injector,
    shutdown: Shutdown,
    ended: watch::Receiver<bool>,
}

impl RunnerThread {
    /// Starts a runner over the table and queue of `fixture`, whose calls pass `injector`, with `flags` beside its own.
    pub(crate) fn start(fixture: &Fixture, flags: &'static [&'static str], injector: Injector) -> Self {
        let shutdown = Shutdown::default();
        let (ends, ended) = watch::channel(false);
        let site = ThreadArguments {
            table: fixture.table.name().to_owned(),
            queue: fixture.queue.url().to_owned(),
            flags,
            injector: injector.clone(),
            shutdown: shutdown.clone(),
        };
        let name = format!("runner {}", injector.runner());
        thread::Builder::new().name(name).spawn(move || site.run(ends)).unwrap();
        Self { injector, shutdown, ended }
    }

    /// Lets it take no more jobs.
    pub(crate) fn drain(&self) {
        self.shutdown.drain.cancel();
    }

    /// Waits until it has ended by itself.
    pub(crate) async fn ended(&self) -> Result<(), String> {
        let mut ended = self.ended.clone();
        match timeout(TIMEOUT, ended.wait_for(|ended| *ended)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(format!("runner {} panicked", self.injector.runner())),
            Err(_) => Err(format!("runner {} does not end", self.injector.runner())),
        }
    }

    /// Waits until it was killed or frozen, and says which.
    pub(crate) async fn interrupted(&self) -> Condition {
        let mut condition = self.injector.condition();
        let interrupted = condition.wait_for(|condition| *condition != Condition::Running).await;
        // The sender is in the injector, which is ours.
        interrupted.map_or(Condition::Killed, |condition| *condition)
    }
}

impl Drop for RunnerThread {
    fn drop(&mut self) {
        self.injector.kill();
    }
}

/// What a runner's thread needs.
struct ThreadArguments {
    table: String,
    queue: String,
    flags: &'static [&'static str],
    injector: Injector,
    shutdown: Shutdown,
}

impl ThreadArguments {
    fn run(self, ends: watch::Sender<bool>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut condition = self.injector.condition();
            let work = async { worker::run(self.runner().await, self.shutdown.clone()).await };
            tokio::select! {
                () = work => {}
                _ = condition.wait_for(|condition| *condition == Condition::Killed) => {}
            }
        });
        runtime.shutdown_background();
        ends.send_replace(true);
    }

    async fn runner(&self) -> Arc<Runner> {
        let Self { table, queue, flags: others, injector, shutdown: _ } = self;
        let wrap = |http| SharedHttpClient::new(InjectedHttpClient { http, injector: injector.clone() });
        let clients = clients_through(wrap).await;
        let lease = LEASE.as_secs().to_string();
        // Pods are checked when they take long, which is a matter of the machine.
        let limits = ["--lease-seconds", &lease, "--sweep-interval-seconds", "1", "--slots", "1"];
        let checks = ["--look-after-seconds", "300", "--inquiry-deadline-seconds", "3"];
        // No health sweeps: these tests are about how stores get there.
        let health = ["--health-interval-seconds", "86400"];
        let flags = limits.into_iter().chain(checks).chain(health).chain(others.iter().copied());
        let client = client_builder(Account::Runner.config().await).unwrap().with_layer(injector).build();
        let (table, queue) = (Table::new(clients.dynamodb, table), Queue::new(clients.sqs, queue));
        Arc::new(in_process_runner(table, queue, client, &format!("{HOLDER}{}", injector.runner()), flags))
    }
}

/// The cluster as its administrator sees it.
pub(crate) async fn administrator() -> Client {
    client_builder(Account::Administrator.config().await).unwrap().build()
}
