//! A receiver on loopback that does what its script says, and keeps what it got.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderMap, Method};
use outbound::{client::Call, target::Target};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{interval, timeout},
};
use tokio_rustls::TlsAcceptor;

/// What it does once it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// Writes this, and closes.
    Answer(Vec<u8>),
    /// Writes this, then so many bytes one by one with a pause before each, and closes.
    Slowly(&'static str, usize, Duration),
    /// Nothing.
    Silence,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    connections: usize,
    requests: Vec<String>,
}

/// The receiver; it ends with the runtime of its test.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    /// One without TLS.
    pub(crate) async fn plain(script: Script) -> Self {
        Self::start("127.0.0.1:0", script, None).await
    }

    /// One with TLS.
    pub(crate) async fn encrypted(script: Script, server: Arc<ServerConfig>) -> Self {
        Self::start("127.0.0.1:0", script, Some(server.into())).await
    }

    /// One that answers with this text.
    pub(crate) async fn saying(answer: &str) -> Self {
        Self::plain(Script::Answer(answer.into())).await
    }

    /// The same at this address.
    pub(crate) async fn at(address: &str, answer: &str) -> Self {
        Self::start(address, Script::Answer(answer.into()), None).await
    }

    async fn start(address: &str, script: Script, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&receiver.seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                seen.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, acceptor.clone(), script.clone(), Arc::clone(&seen)));
            }
        });
        receiver
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was sent, each with head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// How many have connected by now. It accepts in order: whoever came before is counted.
    pub(crate) async fn connections(&self) -> usize {
        let mut own = TcpStream::connect(self.address).await.unwrap();
        // It closes what it can't read a request from.
        own.shutdown().await.unwrap();
        let _ = own.read_to_end(&mut Vec::new()).await;
        self.seen.lock().unwrap().connections - 1
    }
}

async fn serve(stream: TcpStream, acceptor: Option<TlsAcceptor>, script: Script, seen: Arc<Mutex<Seen>>) {
    match acceptor {
        // A client that does not like the certificate goes away.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                play(stream, script, seen).await;
            }
        }
        None => play(stream, script, seen).await,
    }
}

async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: Script, seen: Arc<Mutex<Seen>>) {
    let Some(request) = read_request(&mut stream).await else { return };
    seen.lock().unwrap().requests.push(request);
    // A client may go away at any time: that is no fault here.
    match script {
        Script::Answer(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Script::Slowly(first, bytes, pause) => {
            let _ = stream.write_all(first.as_bytes()).await;
            let mut pauses = interval(pause);
            for _ in 0..bytes {
                pauses.tick().await;
                if stream.write_all(b"x").await.is_err() {
                    return;
                }
            }
        }
        Script::Silence => std::future::pending().await,
    }
    let _ = stream.shutdown().await;
}

/// A request with its body; `None` where the client ends before.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text.into_owned());
            }
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&more[..read]),
        }
    }
}

/// A place that nobody accepts connections at: its queue is full.
pub(crate) struct Crowd {
    port: u16,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Crowd {
    pub(crate) async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            waiting.push(stream.unwrap());
            assert!(waiting.len() < 100, "its queue has no end");
        }
        Self { port: address.port(), _listener: listener, _waiting: waiting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// A POST of `{}`.
pub(crate) fn post(target: &Target) -> Call<'_> {
    Call { method: Method::POST, target, headers: HeaderMap::new(), body: b"{}".to_vec() }
}
