//! One request to a shop: as its ingress controller makes it, to its pod, in the name of its host; or as its visitors do,
//! who come by https.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use http::{Request, StatusCode, header, request};
use http_body_util::{BodyExt as _, Empty};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, ToSocketAddrs},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a request may take from its beginning to the end of its answer.
const WHOLE: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const BODY: usize = 64 * 1024;
/// How requests of the platform are distinguished in a shop's log.
const AGENT: &str = "Shopwright page check";

/// Where a shop is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its pod.
    pub address: SocketAddr,
    /// The host by which visitors name it.
    pub host: String,
    /// Whether they come by https.
    pub is_https: bool,
}

/// An answer, with the beginning of its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

/// There is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// Nobody takes the connection: no such pod any more, or a network policy that lets nobody in from here.
    #[error("no connection")]
    NoConnection,
    /// What takes it does not speak TLS, or has no certificate for the host that can be believed.
    #[error("{0}")]
    Tls(io::Error),
    /// The connection does not speak HTTP, or ends early.
    #[error("the answer is broken: {0}")]
    Broken(#[from] hyper::Error),
    /// It can't be asked for.
    #[error("the request can't be made: {0}")]
    Request(#[from] http::Error),
    /// It takes too long.
    #[error("no whole answer within {} s", WHOLE.as_secs())]
    Late(#[from] tokio::time::error::Elapsed),
}

/// Asks for `path`. No redirect is followed: that it answers is what is asked.
pub(crate) async fn get(target: &Target, path: &str) -> Result<Answer, NoAnswer> {
    let stream = connected(target.address).await?;
    let scheme = if target.is_https { "https" } else { "http" };
    let request = request(&target.host, path).header("x-forwarded-proto", scheme);
    answer(stream, request.body(Empty::new())?).await
}

/// Asks for `path` as a visitor does who comes by https to `address`, where whatever leads to shops takes him.
pub(super) async fn get_https(
    connector: &TlsConnector,
    address: &str,
    host: &str,
    path: &str,
) -> Result<Answer, NoAnswer> {
    let name = host.split(':').next().unwrap_or(host).to_owned();
    let name = ServerName::try_from(name).map_err(|error| NoAnswer::Tls(io::Error::other(error)))?;
    let stream = connected(address).await?;
    let stream = timeout(WHOLE, connector.connect(name, stream)).await?.map_err(NoAnswer::Tls)?;
    answer(stream, request(host, path).body(Empty::new())?).await
}

async fn connected(address: impl ToSocketAddrs) -> Result<TcpStream, NoAnswer> {
    match timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(_)) | Err(_) => Err(NoAnswer::NoConnection),
    }
}

fn request(host: &str, path: &str) -> request::Builder {
    Request::get(path)
        .header(header::HOST, host)
        .header(header::USER_AGENT, AGENT)
        .header(header::ACCEPT, "text/html")
        .header(header::CONNECTION, "close")
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Empty<Bytes>>,
) -> Result<Answer, NoAnswer> {
    timeout(WHOLE, whole_answer(stream, request)).await?
}

async fn whole_answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Empty<Bytes>>,
) -> Result<Answer, NoAnswer> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async {
        let (head, mut body) = sender.send_request(request).await?.into_parts();
        let mut kept = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                let room = BODY - kept.len();
                kept.extend_from_slice(&data[..data.len().min(room)]);
            }
            if kept.len() == BODY {
                break;
            }
        }
        Ok(Answer { status: head.status, body: kept })
    };
    let mut exchange = pin!(exchange);
    // The connection is dropped with the exchange: a shop that goes on to send has nobody to send to.
    let ended = tokio::select! {
        biased;
        answer = &mut exchange => return answer,
        ended = connection => ended,
    };
    // What came before the end is still to be read.
    match (exchange.await, ended) {
        (Err(NoAnswer::Broken(_)), Err(error)) => Err(error.into()),
        (answer, _) => answer,
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        task::JoinHandle,
    };

    use super::*;

    /// A shop that answers one request with `head`, and then again and again with `more`; it returns the request.
    async fn shop(head: &'static str, more: &'static [u8]) -> (Target, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            while !more.is_empty() && stream.write_all(more).await.is_ok() {}
            String::from_utf8(request[..read].to_vec()).unwrap()
        });
        (Target { address, host: "my-shop.example.com".into(), is_https: true }, served)
    }

    #[tokio::test]
    async fn a_shop_is_asked_by_its_host_as_by_a_proxy_and_no_redirect_is_followed() {
        let head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi";
        let (target, served) = shop(head, b"").await;
        let answer = get(&target, "/checkout/").await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (302, b"hi".as_slice()));
        let request = served.await.unwrap();
        assert!(request.starts_with("GET /checkout/ HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("host: my-shop.example.com\r\n"), "{request}");
        assert!(request.contains("x-forwarded-proto: https\r\n"), "{request}");
    }

    #[tokio::test]
    async fn of_a_page_without_an_end_the_beginning_is_read() {
        let (target, served) = shop("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 8192]).await;
        let answer = get(&target, "/").await.unwrap();
        assert_eq!(answer.body.len(), BODY);
        served.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_answer_is_distinguished_from_no_connection() {
        for head in
            ["", "220 mail.example.com ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"]
        {
            let (target, _served) = shop(head, b"").await;
            let error = get(&target, "/").await.unwrap_err();
            assert!(matches!(error, NoAnswer::Broken(_)), "{head:?} {error}");
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let target = Target { address, host: "my-shop.example.com".into(), is_https: false };
        assert!(matches!(get(&target, "/").await, Err(NoAnswer::NoConnection)));
    }
}
