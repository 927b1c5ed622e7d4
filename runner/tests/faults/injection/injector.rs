//! Stands between one runner and its three peers, and makes calls go wrong.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
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
use tokio::sync::watch;
use tower::{BoxError, Layer, Service};

use crate::{
    call::{Call, Peer, Purpose},
    fault::{Fault, Way},
    ledger::{Asking, Ledger},
};

/// How often a runner's other tasks get their turn before it freezes: the client's own, which pass
/// requests on, and the work's, whose requests of one step go out together.
const SENT_TOGETHER: usize = 16;

/// How the runner at the end of the wire is.
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
pub(crate) struct Wire(Arc<State>);

#[derive(Debug)]
struct State {
    /// Which of its world's runners is at the end.
    runner: usize,
    ledger: Arc<Ledger>,
    faults: Vec<Fault>,
    /// Calls for this wait until every fault has happened: the work must not end before.
    last: Option<&'static str>,
    counts: Mutex<HashMap<Purpose, usize>>,
    /// What the peers have decided on, in the order of the first of each.
    decided: Mutex<Vec<(Purpose, usize)>>,
    struck: watch::Sender<Vec<Fault>>,
    condition: watch::Sender<Condition>,
    dead: AtomicBool,
    healed: AtomicBool,
    ice: Mutex<bool>,
    thaw: Condvar,
    cut: Mutex<HashSet<Peer>>,
}

impl Wire {
    /// The wire of runner number `runner`, on which `faults` happen; calls for `last` wait until they
    /// all have.
    pub(crate) fn new(
        runner: usize,
        ledger: Arc<Ledger>,
        faults: Vec<Fault>,
        last: Option<&'static str>,
    ) -> Self {
        Self(Arc::new(State {
            runner,
            ledger,
            faults,
            last,
            counts: Mutex::default(),
            decided: Mutex::default(),
            struck: watch::Sender::new(Vec::new()),
            condition: watch::Sender::new(Condition::Running),
            dead: AtomicBool::new(false),
            healed: AtomicBool::new(false),
            ice: Mutex::default(),
            thaw: Condvar::new(),
            cut: Mutex::default(),
        }))
    }

    pub(crate) fn runner(&self) -> usize {
        self.0.runner
    }

    /// The faults that have happened.
    pub(crate) fn struck(&self) -> Vec<Fault> {
        self.0.struck.borrow().clone()
    }

    /// Each purpose, with how many calls for it were decided on: a refusal that heals is not counted,
    /// nor is what was asked again for it.
    pub(crate) fn decided(&self) -> Vec<(Purpose, usize)> {
        self.0.decided.lock().unwrap().clone()
    }

    pub(crate) fn condition(&self) -> watch::Receiver<Condition> {
        self.0.condition.subscribe()
    }

    /// From now on no call comes to anything.
    pub(crate) fn kill(&self) {
        self.0.dead.store(true, Ordering::SeqCst);
        self.0.condition.send_replace(Condition::Killed);
        self.melt();
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
        self.melt();
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

    fn melt(&self) {
        *self.0.ice.lock().unwrap() = false;
        self.0.thaw.notify_all();
    }

    /// Blocks the runner's thread, and with it all its timers, as SIGSTOP blocks a process. What was
    /// asked for together with this call is on its way by then.
    async fn freeze(&self) {
        for _ in 0..SENT_TOGETHER {
            tokio::task::yield_now().await;
        }
        self.stand_still();
    }

    fn stand_still(&self) {
        let mut ice = self.0.ice.lock().unwrap();
        *ice = true;
        self.0.condition.send_replace(Condition::Frozen);
        drop(self.0.thaw.wait_while(ice, |ice| *ice).unwrap());
    }

    async fn die<T>(&self) -> T {
        self.kill();
        std::future::pending().await
    }

    /// Counts a call, and says what becomes of it.
    async fn fate(&self, purpose: &Purpose) -> Option<Way> {
        let State { faults, last, struck, ledger, runner, .. } = &*self.0;
        if last.is_some_and(|last| purpose.is(last)) {
            let mut struck = struck.subscribe();
            let _ = struck.wait_for(|struck| struck.len() == faults.len()).await;
        }
        if self.0.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if purpose.changes_the_cluster() {
            ledger.changes_the_cluster(*runner, purpose);
        }
        let call = {
            let mut counts = self.0.counts.lock().unwrap();
            let occurrence = counts.entry(purpose.clone()).or_default();
            *occurrence += 1;
            Call { purpose: purpose.clone(), occurrence: *occurrence }
        };
        let is_healed = self.0.healed.load(Ordering::SeqCst);
        let fault = faults.iter().find(|fault| fault.call == call && !is_healed)?;
        struck.send_modify(|struck| struck.push(fault.clone()));
        Some(fault.way)
    }

    /// Carries out `call` as it is fated.
    async fn carry_out<T: Answer, E>(
        self,
        peer: Peer,
        purpose: Purpose,
        call: impl Future<Output = Result<T, E>>,
        lost: impl Fn() -> E,
    ) -> Result<T, E> {
        let fate = self.fate(&purpose).await;
        if self.0.cut.lock().unwrap().contains(&peer) {
            return Err(lost());
        }
        let carried_out = async {
            let asking = self.0.ledger.asks(self.0.runner);
            let answer = call.await;
            if let Ok(answer) = &answer {
                self.note(&purpose, asking, answer.status());
            }
            answer
        };
        match fate {
            None => carried_out.await,
            Some(Way::FailBefore) => Err(lost()),
            Some(Way::FailAfter) => {
                let _ = carried_out.await;
                Err(lost())
            }
            Some(Way::KillBefore) => self.die().await,
            Some(Way::KillAfter) => {
                let _ = carried_out.await;
                self.die().await
            }
            Some(Way::FreezeBefore | Way::FreezeUntilTaken) => {
                self.freeze().await;
                carried_out.await
            }
            Some(Way::FreezeAfter) => {
                let answer = carried_out.await;
                self.freeze().await;
                answer
            }
        }
    }

    /// A peer has answered what was asked.
    fn note(&self, purpose: &Purpose, asking: Asking, status: u16) {
        self.0.ledger.answered(asking, purpose, status);
        if matches!(status, 403 | 429) || status >= 500 {
            return;
        }
        let mut decided = self.0.decided.lock().unwrap();
        match decided.iter_mut().find(|(known, _)| known == purpose) {
            Some((_, count)) => *count += 1,
            None => decided.push((purpose.clone(), 1)),
        }
    }
}

/// An answer of a peer.
trait Answer {
    fn status(&self) -> u16;
}

impl<B> Answer for http::Response<B> {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}

impl Answer for HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}

fn connection_lost() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the harness lost the connection")
}

/// Around the Kubernetes client.
impl<S> Layer<S> for Wire {
    type Service = WiredService<S>;

    fn layer(&self, service: S) -> Self::Service {
        WiredService { service, wire: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct WiredService<S> {
    service: S,
    wire: Wire,
}

impl<S, Sent, Received> Service<http::Request<Sent>> for WiredService<S>
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
        let sent = self.service.call(request);
        Box::pin(self.wire.clone().carry_out(Peer::Cluster, purpose, sent, || connection_lost().into()))
    }
}

/// Around the AWS SDK's HTTP client.
#[derive(Debug)]
pub(crate) struct WiredHttp {
    pub(crate) http: SharedHttpClient,
    pub(crate) wire: Wire,
}

impl HttpClient for WiredHttp {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.http.http_connector(settings, components);
        SharedHttpConnector::new(WiredConnector { connector, wire: self.wire.clone() })
    }
}

#[derive(Debug)]
struct WiredConnector {
    connector: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for WiredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, wire) = (self.connector.clone(), self.wire.clone());
        let (peer, purpose) = Purpose::of_aws(&request);
        let sent = async move { connector.call(request).await };
        let lost = || ConnectorError::io(connection_lost().into());
        HttpConnectorFuture::new(wire.carry_out(peer, purpose, sent, lost))
    }
}
