//! What each of these tests plays in: a table and a queue of its own, a worker, and the cluster as
//! its administrator sees it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    operation::ReadOnlyKind,
    operation::{Operation, OperationKey},
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    queue::{Delivery, Queue, job::Job},
    store::{Store, state::State, status::Status},
    values::timestamp::Timestamp,
};
use futures_util::future::{BoxFuture, join_all};
use http::header::{HeaderName, USER_AGENT};
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota, Secret};
use kube::{
    Api, Client, ResourceExt as _,
    api::{DeleteParams, DynamicObject, PostParams},
};
use runner::{
    cluster::client_builder,
    reconcile::{JobOutcome, ReconcileError},
    resources::{Blueprint, CredentialObjects, Passwords, StoreResources},
    runner::Runner,
    worker::hints::hinting,
    worker::run_job,
    worker::shutdown::Shutdown,
};
use serde_json::json;
use testkit::{account::Account, fixture::Fixture, rights::Rights, wait};
use tokio::sync::watch;

use crate::{in_process_runner::in_process_runner, store_objects::store_objects};

pub(crate) struct Harness {
    pub(crate) fixture: Fixture,
    pub(crate) runner: Arc<Runner>,
    /// How many requests of the worker the API server has answered.
    pub(crate) requests: Arc<AtomicUsize>,
    /// How many requests of the worker the API server has yet to answer.
    pub(crate) unanswered: watch::Receiver<usize>,
    /// What the worker may do with table and queue.
    pub(crate) rights: Rights,
    /// The cluster as its administrator.
    pub(crate) admin: Client,
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A harness whose worker has these flags beside the defaults.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        Self::over(Fixture::new().await, flags).await
    }

    /// The same over a fixture that is there: another worker for its stores.
    pub(crate) async fn over(fixture: Fixture, flags: &[&str]) -> Self {
        Self::with_notices(fixture, None, flags).await
    }

    /// The same with a worker that hints on this queue at what it writes for webhooks.
    pub(crate) async fn with_notices(fixture: Fixture, notices: Option<&Queue>, flags: &[&str]) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let rights = Rights::of_policy("RunnerPolicy");
        let (table, queue) = rights.over(&fixture, &fixture.queue);
        let table = match notices {
            Some(notices) => hinting(table, rights.queue(&fixture, notices)),
            None => table,
        };
        let sent = watch::Sender::default();
        let unanswered = sent.subscribe();
        let client = client(Account::Runner, fixture.table.name(), Arc::clone(&requests), sent).await;
        let runner = in_process_runner(table, queue, client, "runner-under-test", flags);
        let admin =
            self::client(Account::Administrator, "admin", Arc::default(), watch::Sender::default()).await;
        Self { fixture, runner: Arc::new(runner), requests, unanswered, rights, admin }
    }

    /// Sends the job of `store` and receives it.
    pub(crate) async fn delivery(&self, store: &Store) -> Delivery {
        self.delivery_of(&Job::of(store).unwrap()).await
    }

    /// What the worker calls itself before the API server: no other one does.
    pub(crate) fn agent(&self) -> &str {
        self.fixture.table.name()
    }

    /// Drives `store` until it is at rest or in other hands.
    pub(crate) async fn drive(&self, store: &Store) -> Result<JobOutcome, ReconcileError> {
        let delivery = self.delivery(store).await;
        let job = delivery.job().unwrap();
        run_job(&self.runner, &job, &delivery, &Shutdown::default()).await
    }

    /// Has the operation `key` of this kind carried out, and says what came of it.
    pub(crate) async fn inquire(&self, key: &OperationKey, kind: ReadOnlyKind) -> Operation {
        let job = Job::ReadOnly { operation: key.clone(), kind };
        let delivery = self.delivery_of(&job).await;
        let inquired = run_job(&self.runner, &job, &delivery, &Shutdown::default()).await;
        assert_eq!(inquired.unwrap(), JobOutcome::Done);
        delivery.acknowledge().await.unwrap();
        self.operation(key).await
    }

    /// The operation that answers the inquiry `key`.
    pub(crate) async fn operation(&self, OperationKey { store, uid, operation }: &OperationKey) -> Operation {
        let table = &self.fixture.table;
        table.operation(store, *uid, *operation, Timestamp::now()).await.unwrap().unwrap()
    }

    /// Sends `job` and receives it.
    pub(crate) async fn delivery_of(&self, job: &Job) -> Delivery {
        self.fixture.queue.send(job, None).await.unwrap();
        loop {
            let delivery = self.next_delivery().await;
            // On a slow machine one that an earlier part of the test has left comes back in between.
            if delivery.job().is_ok_and(|found| found == *job) {
                return delivery;
            }
            delivery.acknowledge().await.unwrap();
        }
    }

    async fn next_delivery(&self) -> Delivery {
        let (wait, visibility) = (Duration::from_secs(5), Duration::from_secs(60));
        self.fixture.queue.receive(1, wait, visibility).await.unwrap().pop().unwrap()
    }

    /// Asks for the deletion of all `stores`, and drives them to their ends at the same time: each whichever
    /// job comes first, since they have one queue.
    pub(crate) async fn delete_all(&self, stores: &[Store]) {
        let deletions = stores.iter().map(async |store| {
            let deleting = self.request_deletion(store).await;
            self.fixture.queue.send(&Job::of(&deleting).unwrap(), None).await.unwrap();
            let delivery = self.next_delivery().await;
            let job = delivery.job().unwrap();
            run_job(&self.runner, &job, &delivery, &Shutdown::default()).await.unwrap();
        });
        join_all(deletions).await;
    }

    /// Asks for the deletion of `store` and drives it to its end.
    pub(crate) async fn delete(&self, store: &Store) {
        let deleting = self.request_deletion(store).await;
        self.drive(&deleting).await.unwrap();
    }

    /// Asks for the deletion of `store`, and returns it as it is then.
    pub(crate) async fn request_deletion(&self, store: &Store) -> Store {
        self.fixture.request_deletion(store).await
    }

    pub(crate) async fn read(&self, store: &Store) -> Store {
        self.fixture.read(store).await
    }

    pub(crate) async fn state(&self, store: &Store) -> State {
        self.read(store).await.state
    }

    /// Should the store not be Ready, this says how it stands: the failure, and at which step.
    pub(crate) async fn assert_ready(&self, store: &Store) {
        let state = self.state(store).await;
        assert_eq!(state.status(), Status::Ready, "{state:?}");
    }

    pub(crate) async fn events(&self, store: &Store) -> Vec<Event> {
        self.fixture.table.events(&store.id, store.uid).await.unwrap()
    }

    pub(crate) async fn namespace(&self, store: &Store) -> Option<Namespace> {
        Api::all(self.admin.clone()).get_opt(&store.id.namespace()).await.unwrap()
    }

    /// Makes the namespace of `store` as its runner would: for a test to put something in first, or as
    /// an API server that carries a request out long after it was sent.
    pub(crate) async fn own_namespace(&self, store: &Store) {
        let StoreResources { namespace, .. } = self.resources(store);
        Api::all(self.admin.clone()).create(&PostParams::default(), &namespace).await.unwrap();
    }

    /// The objects of `store` as the worker would make them, with other passwords.
    pub(crate) fn resources(&self, store: &Store) -> StoreResources {
        let blueprint = Blueprint::new(store, self.runner.settings.clone());
        blueprint.resources(&Passwords::generate().unwrap())
    }

    /// Everything of a store's kinds in its namespace, but what Kubernetes puts there by itself.
    pub(crate) async fn objects(&self, store: &Store) -> Vec<DynamicObject> {
        let listed = store_objects(&self.admin, &store.id.namespace()).await;
        listed.into_iter().map(|(_, object)| object).collect()
    }

    /// The versions of [`Self::objects`], but of the quota: its status follows what is used.
    pub(crate) async fn versions(&self, store: &Store) -> Vec<(String, Option<String>)> {
        let objects = self.objects(store).await.into_iter();
        let kind = |object: &DynamicObject| object.types.as_ref().unwrap().kind.clone();
        let lasting = objects.filter(|object| kind(object) != "ResourceQuota");
        lasting
            .map(|object| (format!("{} {}", kind(&object), object.name_any()), object.resource_version()))
            .collect()
    }

    /// Waits until the store's record satisfies `condition`. DynamoDB has no way of telling by
    /// itself, so it is asked again and again.
    pub(crate) async fn until(&self, store: &Store, condition: impl Fn(&Store) -> bool) -> Store {
        let question = async || Some(self.read(store).await).filter(&condition);
        wait::answer(wait::PATIENCE, "the store gets there", question).await
    }

    /// Waits until `condition` holds of the cluster.
    pub(crate) async fn eventually(&self, condition: impl AsyncFn() -> bool) {
        wait::until("the cluster gets there", condition).await;
    }

    /// Waits until the namespace of `store` is gone. Only who watches it would see that at once.
    pub(crate) async fn until_no_namespace(&self, store: &Store) {
        self.eventually(async || self.namespace(store).await.is_none()).await;
    }

    /// Refuses all that is of `resource` in the namespace of `store`, by a quota of that name, once it is in force:
    /// admission holds what its status says, which a controller writes.
    pub(crate) async fn refuse(&self, store: &Store, resource: &str, name: &str) {
        let quotas: Api<ResourceQuota> = Api::namespaced(self.admin.clone(), &store.id.namespace());
        let quota = json!({ "metadata": { "name": name }, "spec": { "hard": { resource: "0" } } });
        quotas.create(&PostParams::default(), &serde_json::from_value(quota).unwrap()).await.unwrap();
        self.until_counted(&quotas, name).await;
    }

    /// Waits until the controller of quotas has counted what there is of the quota `name`.
    pub(crate) async fn until_counted(&self, quotas: &Api<ResourceQuota>, name: &str) {
        let is_counted = |quota: ResourceQuota| quota.status.is_some_and(|status| status.used.is_some());
        self.eventually(async || is_counted(quotas.get(name).await.unwrap())).await;
    }

    /// Asks for the end of a namespace that no runner has made.
    pub(crate) async fn discard(&self, namespace: &str) {
        let api: Api<Namespace> = Api::all(self.admin.clone());
        api.delete(namespace, &DeleteParams::background()).await.unwrap();
    }
}

/// Secrets that are the runner's own to make.
pub(crate) fn generated(credentials: CredentialObjects) -> Vec<Secret> {
    match credentials {
        CredentialObjects::Generated(secrets) => secrets,
        CredentialObjects::External(_) => panic!("they come from outside"),
    }
}

/// The kinds of events and their steps, in order.
pub(crate) fn recorded(events: &[Event]) -> Vec<(EventKind, Option<Step>)> {
    events.iter().map(|event| (event.kind, event.step)).collect()
}

/// Whether an answer is one. A machine under load has the API server ask for another try now and
/// then, or refuse because a new quota was not counted yet: that is not the runner asking twice.
fn is_answered(status: http::StatusCode) -> bool {
    !(status == http::StatusCode::FORBIDDEN
        || status == http::StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error())
}

/// A client of `account`, for the API server the user `name`.
pub(crate) async fn impersonating(account: Account, name: &str) -> Client {
    let mut config = account.config().await;
    config.headers.push((HeaderName::from_static("impersonate-user"), name.parse().unwrap()));
    client_builder(config).unwrap().build()
}

/// A client of `account`, which calls itself `agent`, and counts the requests that were answered and those that are not
/// yet.
async fn client(
    account: Account,
    agent: &str,
    answered: Arc<AtomicUsize>,
    unanswered: watch::Sender<usize>,
) -> Client {
    let mut config = account.config().await;
    config.headers.push((USER_AGENT, agent.parse().unwrap()));
    let count = tower::util::MapResponseLayer::new(counted_in(answered));
    let note = tower::util::MapFutureLayer::new(noted_in(unanswered));
    client_builder(config).unwrap().with_layer(&count).with_layer(&note).build()
}

/// Passes answers on, and counts them.
fn counted_in<B>(answered: Arc<AtomicUsize>) -> impl Fn(http::Response<B>) -> http::Response<B> + Clone {
    move |response| {
        answered.fetch_add(usize::from(is_answered(response.status())), Ordering::Relaxed);
        response
    }
}

/// A request that is not answered yet, and that somebody waits for.
struct Unanswered(watch::Sender<usize>);

impl Unanswered {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Waits for answers, and counts those that are waited for.
fn noted_in<F: Future + Send + 'static>(
    count: watch::Sender<usize>,
) -> impl Fn(F) -> BoxFuture<'static, F::Output> + Clone {
    move |answer| {
        let unanswered = Unanswered::new(count.clone());
        Box::pin(async move {
            let _unanswered = unanswered;
            answer.await
        })
    }
}
