//! The front on a real table, under its own rights, as visitors and the cluster meet it.

mod ending;
mod pages;
mod requests;

use clap::Parser as _;
use domain::{aws::Clients, store::Store};
use http::{HeaderMap, StatusCode, header::HOST};
use reqwest::{Method, Response};
use runner::{
    front::{Front, config::FrontConfig},
    worker::shutdown::Shutdown,
};
use testkit::{fixture::Fixture, rights::Rights};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The domain below which the stores of these tests have their hosts.
pub(crate) const DOMAIN: &str = "shops.test";

/// A front in this process, over a table of its own.
pub(crate) struct Harness {
    pub(crate) fixture: Fixture,
    pub(crate) rights: Rights,
    pub(crate) shutdown: Shutdown,
    pub(crate) serving: JoinHandle<()>,
    /// Where visitors come, and where the cluster asks.
    pub(crate) visitors: String,
    pub(crate) probes: String,
    client: reqwest::Client,
}

/// What a visitor got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// One whose front has these flags beside.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let fixture = Fixture::new().await;
        Self::over(fixture.clone(), fixture.clients, flags).await
    }

    /// One whose front reaches the fixture's table by `clients`.
    pub(crate) async fn over(fixture: Fixture, clients: Clients, flags: &[&str]) -> Self {
        let rights = Rights::of_policy("FrontPolicy");
        let (table, _) = rights.over(&Fixture { clients, ..fixture.clone() }, &fixture.queue);
        let arguments = ["front", "--table-name", table.name(), "--store-domain", DOMAIN];
        let config = FrontConfig::try_parse_from([&arguments, flags].concat()).unwrap();
        let front = Front::new(table, &config).unwrap();
        let (visitors, probes) = (
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
            TcpListener::bind("127.0.0.1:0").await.unwrap(),
        );
        let (visited, probed) = (visitors.local_addr().unwrap(), probes.local_addr().unwrap());
        let shutdown = Shutdown::default();
        let serving = tokio::spawn(front.serve(visitors, probes, shutdown.clone()));
        Self {
            fixture,
            rights,
            shutdown,
            serving,
            visitors: visited.to_string(),
            probes: format!("http://{probed}"),
            client: client(),
        }
    }

    /// What a visitor of `store` gets.
    pub(crate) async fn visit(&self, store: &Store) -> Answer {
        self.ask(Method::GET, &format!("{}.{DOMAIN}", store.id), "en").await
    }

    /// What whoever asks for `host` so gets.
    pub(crate) async fn ask(&self, method: Method, host: &str, languages: &str) -> Answer {
        let url = format!("http://{}/some/path?and=more", self.visitors);
        let request =
            self.client.request(method, url).header(HOST, host).header("accept-language", languages);
        read(request.send().await.unwrap()).await
    }

    /// What the cluster gets at `path`.
    pub(crate) async fn probe(&self, path: &str) -> Answer {
        read(self.client.get(format!("{}{path}", self.probes)).send().await.unwrap()).await
    }

    /// Whether the front has counted this.
    pub(crate) async fn has_counted(&self, line: &str) -> bool {
        self.probe("/metrics").await.body.lines().any(|found| found == line)
    }

    /// All that comes back for these bytes, until the front closes the connection.
    pub(crate) async fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.visitors).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

/// A client. It needs a provider of TLS, which it never uses.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}
