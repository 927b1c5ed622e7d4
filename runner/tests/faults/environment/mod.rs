//! What one store lives in: a table and a queue that nobody else uses, the cluster, and its runners.

mod admission;
pub(crate) mod gateway_controller;
pub(crate) mod invariants;
mod notices;
pub(crate) mod records;
pub(crate) mod runner_thread;
pub(crate) mod snapshot;
pub(crate) mod timeline;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    auth::principal_name::PrincipalName,
    operation::{ExclusiveRequest, ReadOnlyRequest, credentials::PrivateKey},
    provisioning::event::Event,
    queue::job::Job,
    store::{Store, status::Status},
    values::timestamp::Timestamp,
    webhook::endpoint::Scope,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, api::DeleteParams};
use testkit::fixture::{self, Fixture};
use tokio::time::{Instant, timeout};

use self::{
    admission::{Admission, Place},
    invariants::InvariantWatcher,
    records::Records,
    runner_thread::RunnerThread,
    snapshot::Snapshot,
};
use crate::injection::{fault::Fault, injector::Injector};

/// Whose stores these are.
pub(crate) const OWNER: &str = "ada";
/// Who listens too, and has none.
const STRANGER: &str = "eve";

/// How long a store may take to its end, the waiting for a dead runner's lease included. A machine that is shared can
/// be several times slower than by itself.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How long the harness waits for a call on an injector before it reads table and queue by itself: that a
/// message is back on the queue shows on no injector.
const POLL_INTERVAL: Duration = Duration::from_millis(400);

/// What all environments of a test share.
#[derive(Clone)]
pub(crate) struct SharedParts {
    pub(crate) admin: Client,
    pub(crate) invariants: InvariantWatcher,
    admission: Admission,
}

impl SharedParts {
    pub(crate) async fn new() -> Self {
        let admin = runner_thread::administrator().await;
        let invariants = InvariantWatcher::begin(&admin);
        gateway_controller::begin(&admin);
        Self { admin, invariants, admission: Admission::new().await }
    }
}

pub(crate) struct Environment {
    pub(crate) fixture: Fixture,
    pub(crate) shared: SharedParts,
    pub(crate) records: Arc<Records>,
    /// For whom secrets are sealed.
    pub(crate) recipient: PrivateKey,
    /// Flags of its runners, beside the usual ones.
    flags: &'static [&'static str],
    threads: Mutex<Vec<Arc<RunnerThread>>>,
    _place: Place,
}

impl Environment {
    pub(crate) async fn new(shared: &SharedParts) -> Self {
        Self::with(shared, &[]).await
    }

    /// The same, whose runners have these `flags` too.
    pub(crate) async fn with(shared: &SharedParts, flags: &'static [&'static str]) -> Self {
        let place = shared.admission.place().await;
        let fixture = Fixture::new().await;
        for owner in [OWNER, STRANGER] {
            fixture.listen(owner, "https://receiver.example/").await;
        }
        let recipient = PrivateKey::generate().unwrap();
        Self {
            fixture,
            shared: shared.clone(),
            records: Arc::default(),
            recipient,
            flags,
            threads: Mutex::default(),
            _place: place,
        }
    }

    /// Starts one more runner; calls for `last` wait until all `faults` have happened on its injector.
    pub(crate) fn start(&self, faults: Vec<Fault>, last: Option<&'static str>) -> Arc<RunnerThread> {
        let mut threads = self.threads.lock().unwrap();
        let injector = Injector::new(threads.len(), Arc::clone(&self.records), faults, last);
        let thread = Arc::new(RunnerThread::start(&self.fixture, self.flags, injector));
        threads.push(Arc::clone(&thread));
        thread
    }

    /// Every runner is gone at once.
    pub(crate) fn kill_all(&self) {
        self.threads().iter().for_each(|thread| thread.injector.kill());
    }

    pub(crate) fn threads(&self) -> Vec<Arc<RunnerThread>> {
        self.threads.lock().unwrap().clone()
    }

    /// Creates `store` in the table.
    pub(crate) async fn create(&self, store: &Store) {
        self.fixture.create(store).await;
    }

    /// A new store of the name that `store` had.
    pub(crate) async fn create_again(&self, store: &Store) -> Store {
        let again = fixture::named_store(store.name.as_str(), &store.owner);
        self.create(&again).await;
        self.send(&again).await;
        again
    }

    pub(crate) async fn send(&self, store: &Store) {
        self.send_late(&Job::of(store).unwrap(), Duration::ZERO).await;
    }

    /// Sends `job` so that it comes only `delay` later. It is never lost: the API gives up on a busy machine, and
    /// leaves a job to the sweep.
    pub(crate) async fn send_late(&self, job: &Job, delay: Duration) {
        let request = self.fixture.clients.sqs.send_message().queue_url(self.fixture.queue.url());
        let delay = i32::try_from(delay.as_secs()).unwrap();
        request.message_body(job.encode().unwrap()).delay_seconds(delay).send().await.unwrap();
    }

    /// Asks for the deletion of `store`, as the API does.
    pub(crate) async fn request_deletion(&self, store: &Store) {
        let deleting = self.fixture.request_deletion(store).await;
        self.send(&deleting).await;
    }

    /// Asks for another try of `store`, which failed, as the API does.
    pub(crate) async fn request_retry(&self, store: &Store) {
        let again = self.fixture.request_retry(store).await;
        self.send(&again).await;
    }

    /// Requests `work` on `store`, as the API does.
    pub(crate) async fn request(&self, store: &Store, work: ExclusiveRequest) {
        let (busy, _) = self.fixture.request_operation(store, work).await;
        self.send(&busy).await;
    }

    /// Asks for the credentials of the administrator of `store`, as the API does.
    pub(crate) async fn inquire(&self, store: &Store) {
        let inquiry = ReadOnlyRequest::RevealCredentials { public_key: self.recipient.public_key() };
        let kind = inquiry.kind();
        let key = self.fixture.request_read_only(store, inquiry).await;
        self.send_late(&Job::ReadOnly { operation: key, kind }, Duration::ZERO).await;
    }

    /// Whether an inquiry has not ended.
    async fn has_open_inquiries(&self) -> bool {
        let ever = Timestamp::now().plus(TIMEOUT);
        let due = self.fixture.table.overdue_operations(ever).await.unwrap();
        due.iter().any(|inquiry| inquiry.kind.is_some())
    }

    pub(crate) async fn read(&self, store: &Store) -> Store {
        self.fixture.read(store).await
    }

    pub(crate) async fn snapshot(&self, store: &Store) -> Snapshot {
        Snapshot::of(&self.shared.admin, store).await
    }

    /// Waits until the store of this name is at rest, and every message answered for.
    pub(crate) async fn settled(&self, store: &Store) -> Result<(), String> {
        self.until(store, true).await.map(drop)
    }

    /// Waits until the store of this name is at rest, and returns it.
    pub(crate) async fn at_rest(&self, store: &Store) -> Result<Store, String> {
        self.until(store, false).await
    }

    async fn until(&self, store: &Store, without_messages: bool) -> Result<Store, String> {
        let deadline = Instant::now() + TIMEOUT;
        let mut changes = self.records.changes();
        loop {
            let now = self.read(store).await;
            let is_at_rest = !now.is_urgent() && !self.has_open_inquiries().await;
            if is_at_rest && !(without_messages && self.messages().await > 0) {
                return Ok(now);
            }
            if Instant::now() > deadline {
                let messages = self.messages().await;
                return Err(format!("it does not come to rest: {now:?}, {messages} messages left"));
            }
            // Whether a call came or the time was over: read again.
            let _ = timeout(POLL_INTERVAL, changes.changed()).await;
        }
    }

    /// What holds of `store`, which came to rest, however it did.
    pub(crate) async fn check_at_rest(&self, store: &Store) -> Result<(), String> {
        let now = self.read(store).await;
        let status = now.state.status();
        // A namespace that could not be deleted is looked at again, once in a long while.
        if now.due.is_some() != now.task().is_some() || now.lease.holder.is_some() || now.lease.until != 0 {
            return Err(format!("it is at rest, and not released: due {:?}, {:?}", now.due, now.lease));
        }
        let events = self.fixture.table.events(&store.id, store.uid).await.unwrap();
        timeline::check(&events, status)?;
        self.check_notices(store, &events).await?;
        let expected = u64::from(status != Status::Deleted);
        let table = &self.fixture.table;
        let counts = (table.platform_count().await.unwrap(), table.owner_count(&store.owner).await.unwrap());
        if counts != (expected, expected) {
            return Err(format!("the platform counts {} stores, their owner {}", counts.0, counts.1));
        }
        self.shared.invariants.check_store(store, &events)?;
        match self.records.violations().as_slice() {
            [] => Ok(()),
            violations => Err(violations.join("; ")),
        }
    }

    /// Whoever listens to its owner gets a notice, and nobody else.
    async fn check_notices(&self, store: &Store, events: &[Event]) -> Result<(), String> {
        let notices = async |owner: &str| {
            let scope = Scope::Owner(PrincipalName::parse(owner).unwrap());
            self.fixture.table.notices(&scope, Timestamp::epoch(), 1000, None).await.unwrap()
        };
        notices::check(&notices(&store.owner).await, store.uid, events)?;
        match notices(STRANGER).await.as_slice() {
            [] => Ok(()),
            strange => Err(format!("{STRANGER} gets {strange:?}")),
        }
    }

    /// How many messages are on the queue and its dead-letter queue.
    async fn messages(&self) -> u32 {
        self.fixture.messages().await + self.fixture.dead_letters().await
    }

    /// Ends the environment: its runners are gone at once, and its store's namespace is deleted without waiting
    /// for that.
    pub(crate) async fn end(self, store: &Store) {
        self.kill_all();
        let namespaces: Api<Namespace> = Api::all(self.shared.admin.clone());
        let name = store.id.namespace();
        if namespaces.get_opt(&name).await.unwrap().is_some() {
            namespaces.delete(&name, &DeleteParams::background()).await.unwrap();
        }
    }
}
