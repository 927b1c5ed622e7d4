//! Stands between the runner and its three peers, counts the calls, and makes one of them go wrong.

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Layer, Service};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is never sent, and fails.
    FailBefore,
    /// It is carried out, and its answer is lost.
    FailAfter,
    /// The runner is gone before it is sent.
    KillBefore,
    /// It is carried out, and the runner is gone before the answer.
    KillAfter,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::FailBefore, Self::FailAfter, Self::KillBefore, Self::KillAfter];
}

/// One call that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which call, counted from 0 over all three peers.
    pub(crate) call: usize,
    pub(crate) way: Way,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", self.call, self.way)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (call, way) = text.split_once(':').ok_or("not of the form 12:KillAfter")?;
        let way = Way::ALL.into_iter().find(|known| format!("{known:?}") == way).ok_or("no such way")?;
        Ok(Self { call: call.parse().map_err(|error| format!("{error}"))?, way })
    }
}

/// The calls of one runner.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    count: Arc<AtomicUsize>,
    fault: Option<Fault>,
    dead: Arc<AtomicBool>,
    /// Cancelled when the runner is to be gone.
    pub(crate) killed: CancellationToken,
}

/// What becomes of one call.
enum Fate {
    Fine,
    FailBefore,
    FailAfter,
    KillAfter,
}

impl Calls {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { count: Arc::default(), fault, dead: Arc::default(), killed: CancellationToken::new() }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Whether the fault has happened.
    pub(crate) fn struck(&self) -> bool {
        self.fault.is_some_and(|fault| self.count() > fault.call)
    }

    /// Counts a call. One of a runner that is gone never comes to anything.
    async fn next(&self) -> Fate {
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let call = self.count.fetch_add(1, Ordering::SeqCst);
        match self.fault.filter(|fault| fault.call == call).map(|fault| fault.way) {
            None => Fate::Fine,
            Some(Way::FailBefore) => Fate::FailBefore,
            Some(Way::FailAfter) => Fate::FailAfter,
            Some(Way::KillAfter) => Fate::KillAfter,
            Some(Way::KillBefore) => self.die().await,
        }
    }

    async fn die<T>(&self) -> T {
        self.dead.store(true, Ordering::SeqCst);
        self.killed.cancel();
        std::future::pending().await
    }

    /// Carries out `call` as it is fated.
    async fn carry_out<T, E>(
        self,
        call: impl Future<Output = Result<T, E>>,
        lost: impl FnOnce() -> E,
    ) -> Result<T, E> {
        match self.next().await {
            Fate::Fine => call.await,
            Fate::FailBefore => Err(lost()),
            Fate::FailAfter => {
                let _ = call.await;
                Err(lost())
            }
            Fate::KillAfter => {
                let _ = call.await;
                self.die().await
            }
        }
    }
}

fn connection_lost() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the harness lost the connection")
}

/// Around the Kubernetes client.
impl<S> Layer<S> for Calls {
    type Service = FaultyService<S>;

    fn layer(&self, service: S) -> Self::Service {
        FaultyService { service, calls: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct FaultyService<S> {
    service: S,
    calls: Calls,
}

impl<S, Request> Service<Request> for FaultyService<S>
where
    S: Service<Request, Error = BoxError> + Send,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
    Request: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let sent = self.service.call(request);
        Box::pin(self.calls.clone().carry_out(sent, || connection_lost().into()))
    }
}

/// Around the AWS SDK's HTTP client.
#[derive(Debug)]
pub(crate) struct FaultyHttp {
    pub(crate) http: SharedHttpClient,
    pub(crate) calls: Calls,
}

impl HttpClient for FaultyHttp {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.http.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { connector, calls: self.calls.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    connector: SharedHttpConnector,
    calls: Calls,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, calls) = (self.connector.clone(), self.calls.clone());
        let sent = async move { connector.call(request).await };
        HttpConnectorFuture::new(calls.carry_out(sent, || ConnectorError::io(connection_lost().into())))
    }
}
