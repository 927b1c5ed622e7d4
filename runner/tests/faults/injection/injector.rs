//! Stands between one runner and its three peers, and makes calls go wrong.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::sync::watch;
use tower::{BoxError, Layer, Service};

use crate::{
    environment::records::{Holding, Records, SentCall},
    injection::call::{Call, Peer, Purpose, TAKE_LEASE},
    injection::fault::{Fault, FaultKind},
};

/// What a runner's name begins with, before its number.
pub(crate) const HOLDER: &str = "runner-";

/// How often a runner's other tasks get their turn before it freezes: the client's own, which pass
/// requests on, and the work's, whose requests of one step go out together.
const TURNS_OF_OTHER_TASKS: usize = 16;

/// How the runner is whose calls pass here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Running,
    /// Its thread is blocked.
    Frozen,
    /// None of its calls comes to anything any more.
    Killed,
}

/// All calls of one runner pass here.
#[derive(Clone, Debug)]
pub(crate) struct Injector(Arc<State>);

#[derive(Debug)]
struct State {
    /// Which of its environment's runners it is.
    runner: usize,
    records: Arc<Records>,
    faults: Vec<Fault>,
    /// Calls for this wait until every fault has happened: the work must not end before.
    last: Option<&'static str>,
    counts: Mutex<HashMap<Purpose, usize>>,
    /// The calls that the peers have decided on, in the order of the first of each purpose.
    completed: Mutex<Vec<(Purpose, usize)>>,
    injected: watch::Sender<Vec<Fault>>,
    condition: watch::Sender<Condition>,
    dead: AtomicBool,
    healed: AtomicBool,
    is_frozen: Mutex<bool>,
    thaw: Condvar,
    /// Right after a thaw: since when the thread was blocked.
    frozen_since: Mutex<Option<Instant>>,
    cut: Mutex<HashSet<Peer>>,
}

impl Injector {
    /// The injector of runner number `runner`, on which `faults` happen; calls for `last` wait until they
    /// all have.
    pub(crate) fn new(
        runner: usize,
        records: Arc<Records>,
        faults: Vec<Fault>,
        last: Option<&'static str>,
    ) -> Self {
        Self(Arc::new(State {
            runner,
            records,
            faults,
            last,
            counts: Mutex::default(),
            completed: Mutex::default(),
            injected: watch::Sender::new(Vec::new()),
            condition: watch::Sender::new(Condition::Running),
            dead: AtomicBool::new(false),
            healed: AtomicBool::new(false),
            is_frozen: Mutex::default(),
            thaw: Condvar::new(),
            frozen_since: Mutex::default(),
            cut: Mutex::default(),
        }))
    }

    pub(crate) fn runner(&self) -> usize {
        self.0.runner
    }

    /// The faults that have happened.
    pub(crate) fn injected(&self) -> Vec<Fault> {
        self.0.injected.borrow().clone()
    }

    /// Each purpose, with how many calls for it were decided on: a refusal that heals is not counted,
    /// nor is what was asked again for it.
    pub(crate) fn completed(&self) -> Vec<(Purpose, usize)> {
        self.0.completed.lock().unwrap().clone()
    }

    pub(crate) fn condition(&self) -> watch::Receiver<Condition> {
        self.0.condition.subscribe()
    }

    /// From now on no call comes to anything.
    pub(crate) fn kill(&self) {
        self.0.dead.store(true, Ordering::SeqCst);
        self.0.condition.send_replace(Condition::Killed);
        self.unblock();
    }

    /// Lets a frozen runner go on.
    pub(crate) fn thaw(&self) {
        self.0.condition.send_if_modified(|condition| {
            let frozen = *condition == Condition::Frozen;
            if frozen {
                *condition = Condition::Running;
            }
            frozen
        });
        self.unblock();
    }

    /// Connections to `peer` fail from now on, or no longer.
    pub(crate) fn cut(&self, peer: Peer, is_cut: bool) {
        let mut cut = self.0.cut.lock().unwrap();
        if is_cut {
            cut.insert(peer)
        } else {
            cut.remove(&peer)
        };
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&self) {
        self.0.healed.store(true, Ordering::SeqCst);
        self.0.cut.lock().unwrap().clear();
    }

    fn unblock(&self) {
        *self.0.is_frozen.lock().unwrap() = false;
        self.0.thaw.notify_all();
    }

    /// Blocks the runner's thread, and with it all its timers, as SIGSTOP blocks a process. What was
    /// asked for together with this call is on its way by then.
    ///
    /// A call that the work has handed to the client's own task and that this has not taken yet goes on after the thaw:
    /// between the look at the lease and the call, any process may stand still. So the thread is blocked on a task of its
    /// own. The client's has its turn after that, before whatever the work does once it runs again.
    async fn freeze(&self) {
        for _ in 0..TURNS_OF_OTHER_TASKS {
            tokio::task::yield_now().await;
        }
        let injector = self.clone();
        let blocked = tokio::spawn(async move {
            let since = Instant::now();
            injector.block();
            *injector.0.frozen_since.lock().unwrap() = Some(since);
            // Behind those whose turn it is already.
            tokio::spawn(async move { *injector.0.frozen_since.lock().unwrap() = None });
        });
        // It can't be cancelled, and panics where a lock is poisoned.
        blocked.await.unwrap();
    }

    /// When the call was made that the client makes now: before the thread was blocked, if it is made right after that.
    fn called_at(&self) -> Instant {
        self.0.frozen_since.lock().unwrap().unwrap_or_else(Instant::now)
    }

    fn block(&self) {
        let mut is_frozen = self.0.is_frozen.lock().unwrap();
        *is_frozen = true;
        self.0.condition.send_replace(Condition::Frozen);
        drop(self.0.thaw.wait_while(is_frozen, |is_frozen| *is_frozen).unwrap());
    }

    async fn die<T>(&self) -> T {
        self.kill();
        std::future::pending().await
    }

    /// Counts a call, and says how it goes wrong, if it does.
    async fn fault_for(&self, purpose: &Purpose, called_at: Instant) -> Option<FaultKind> {
        let State { faults, last, injected, records, runner, .. } = &*self.0;
        if last.is_some_and(|last| purpose.is(last)) {
            let mut injected = injected.subscribe();
            let _ = injected.wait_for(|injected| injected.len() == faults.len()).await;
        }
        if self.0.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if purpose.changes_the_cluster() {
            records.changes_the_cluster(*runner, purpose, called_at);
        }
        let call = {
            let mut counts = self.0.counts.lock().unwrap();
            let occurrence = counts.entry(purpose.clone()).or_default();
            *occurrence += 1;
            Call { purpose: purpose.clone(), occurrence: *occurrence }
        };
        let is_healed = self.0.healed.load(Ordering::SeqCst);
        let fault = faults.iter().find(|fault| fault.call == call && !is_healed)?;
        injected.send_modify(|injected| injected.push(fault.clone()));
        Some(fault.kind)
    }

    /// Forwards `call`, or makes it go wrong.
    async fn forward<T, E>(
        self,
        peer: Peer,
        purpose: Purpose,
        called_at: Instant,
        call: impl Future<Output = Result<T, E>> + Send + 'static,
        lost: impl Fn() -> E,
    ) -> Result<T, E>
    where
        T: Answer + Send + 'static,
        E: Send + 'static,
    {
        let fault_for = self.fault_for(&purpose, called_at).await;
        if self.0.cut.lock().unwrap().contains(&peer) {
            return Err(lost());
        }
        let injector = self.clone();
        let carried_out = async move {
            let sent = injector.0.records.sends(injector.0.runner);
            let answer = call.await;
            if let Ok(answer) = &answer {
                injector.note(&purpose, sent, answer);
            }
            answer
        };
        match fault_for {
            None => carried_out.await,
            Some(FaultKind::FailBefore) => Err(lost()),
            Some(FaultKind::FailAfter) => {
                let _ = carried_out.await;
                Err(lost())
            }
            Some(FaultKind::KillBefore) => self.die().await,
            Some(FaultKind::KillAfter) => {
                let _ = carried_out.await;
                self.die().await
            }
            Some(FaultKind::FreezeBefore) => {
                self.freeze().await;
                carried_out.await
            }
            Some(FaultKind::FreezeUntilTaken) => {
                self.freeze().await;
                // On a task of its own: a runner that thaws, and sees that its lease is over, can't take it back.
                tokio::spawn(carried_out).await.unwrap_or_else(|_| Err(lost()))
            }
            Some(FaultKind::FreezeAfter) => {
                let answer = carried_out.await;
                self.freeze().await;
                answer
            }
        }
    }

    /// A peer has answered a call.
    fn note(&self, purpose: &Purpose, sent: SentCall, answer: &impl Answer) {
        let status = answer.status();
        self.0.records.answered(sent, purpose, status, answer.holding());
        if matches!(status, 403 | 429) || status >= 500 {
            return;
        }
        let mut completed = self.0.completed.lock().unwrap();
        match completed.iter_mut().find(|(known, _)| known == purpose) {
            Some((_, count)) => *count += 1,
            None => completed.push((purpose.clone(), 1)),
        }
    }
}

/// An answer of a peer.
trait Answer {
    fn status(&self) -> u16;

    /// Who has a store's lease by it.
    fn holding(&self) -> Option<Holding>;
}

impl<B> Answer for http::Response<B> {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn holding(&self) -> Option<Holding> {
        None
    }
}

impl Answer for HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn holding(&self) -> Option<Holding> {
        let answer: Value = serde_json::from_slice(self.body().bytes()?).ok()?;
        // What was written, or what was there instead.
        let store = answer.get("Attributes").or_else(|| answer.get("Item"))?;
        let lease = &store["lease"]["M"];
        let (process, _acquisition) = lease["holder"]["S"].as_str()?.split_once('/')?;
        let runner = process.strip_prefix(HOLDER)?.parse().ok()?;
        let epoch = lease["epoch"]["N"].as_str()?.parse().ok()?;
        Some(Holding { runner, take: (store["uid"]["S"].as_str()?.to_owned(), epoch) })
    }
}

fn connection_lost() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the harness lost the connection")
}

/// Around the Kubernetes client.
impl<S> Layer<S> for Injector {
    type Service = InjectedService<S>;

    fn layer(&self, service: S) -> Self::Service {
        InjectedService { service, injector: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct InjectedService<S> {
    service: S,
    injector: Injector,
}

impl<S, Sent, Received> Service<http::Request<Sent>> for InjectedService<S>
where
    S: Service<http::Request<Sent>, Response = http::Response<Received>, Error = BoxError> + Send,
    S::Future: Send + 'static,
    Received: Send + 'static,
    Sent: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Sent>) -> Self::Future {
        let purpose = Purpose::of_cluster(&request);
        let called_at = self.injector.called_at();
        let sent = self.service.call(request);
        let lost = || connection_lost().into();
        Box::pin(self.injector.clone().forward(Peer::Cluster, purpose, called_at, sent, lost))
    }
}

/// Around the AWS SDK's HTTP client.
#[derive(Debug)]
pub(crate) struct InjectedHttpClient {
    pub(crate) http: SharedHttpClient,
    pub(crate) injector: Injector,
}

impl HttpClient for InjectedHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.http.http_connector(settings, components);
        SharedHttpConnector::new(InjectedConnector { connector, injector: self.injector.clone() })
    }
}

#[derive(Debug)]
struct InjectedConnector {
    connector: SharedHttpConnector,
    injector: Injector,
}

impl HttpConnector for InjectedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, injector) = (self.connector.clone(), self.injector.clone());
        let (peer, purpose) = Purpose::of_aws(&request);
        let reads_the_lease = purpose.is(TAKE_LEASE);
        let sent = async move {
            let mut answer = connector.call(request).await?;
            if reads_the_lease {
                // Read here, since what comes piece by piece can be read once.
                let body = answer.take_body().collect().await.map_err(ConnectorError::io)?;
                *answer.body_mut() = body.to_bytes().into();
            }
            Ok(answer)
        };
        let lost = || ConnectorError::io(connection_lost().into());
        HttpConnectorFuture::new(injector.forward(peer, purpose, Instant::now(), sent, lost))
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use futures_util::future::join;
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_call_that_is_on_its_way_at_a_freeze_was_made_before_it_and_what_follows_is_made_after_it() {
        let injector = Injector::new(0, Arc::default(), Vec::new(), None);
        // In the place of the client's own task.
        let (calls, mut handed_over) = mpsc::unbounded_channel();
        let client = tokio::spawn({
            let injector = injector.clone();
            async move {
                let mut called = Vec::new();
                while let Some(()) = handed_over.recv().await {
                    called.push(injector.called_at());
                }
                called
            }
        });
        let thaw = thread::spawn({
            let injector = injector.clone();
            move || {
                while *injector.condition().borrow() != Condition::Frozen {
                    thread::yield_now();
                }
                thread::sleep(Duration::from_millis(50));
                let thawed_at = Instant::now();
                injector.thaw();
                thawed_at
            }
        });
        // The work hands a call over in the very turn in which the thread is to be blocked.
        let hands_over = async {
            for _ in 0..TURNS_OF_OTHER_TASKS {
                tokio::task::yield_now().await;
            }
            calls.send(()).unwrap();
        };
        join(injector.freeze(), hands_over).await;
        calls.send(()).unwrap();
        drop(calls);
        let called = client.await.unwrap();
        let thawed_at = thaw.join().unwrap();
        assert!(called[0] < thawed_at && called[1] >= thawed_at, "{called:?} {thawed_at:?}");
    }
}
