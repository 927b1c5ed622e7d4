//! Takes visitors' connections, within bounds, and ends them in order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::serve::Listener;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::Front;
use crate::{config::ENDPOINTS_GRACE, worker::shutdown::Shutdown};

/// How many connections are open at most. More wait in the system's queue.
const MOST_CONNECTIONS: usize = 2048;
/// How long a connection is open at most: one that is never read from would hold its place for ever.
const LONGEST_CONNECTION: Duration = Duration::from_secs(600);
/// How long a visitor may take to send the head of a request, or a connection be idle. That is longer than what leads
/// visitors here keeps one for the next of them (nginx 60 s, Traefik 90 s), so that none is closed under a request.
const HEAD_LIMIT: Duration = Duration::from_secs(95);
/// How long a head may be, in bytes, and how many headers it may have.
const HEAD_BYTES: usize = 16 * 1024;
const HEADERS: usize = 100;

/// Answers whoever connects to `listener`, until [`Shutdown::stop`]. From [`Shutdown::drain`] on, each answer is the
/// last of its connection.
pub(super) async fn serve(front: &Arc<Front>, mut listener: TcpListener, shutdown: &Shutdown) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, Listener::accept(&mut listener).await.0)
        };
        let (place, stream) = tokio::select! {
            biased;
            () = shutdown.stop.cancelled() => break,
            accepted = accepted => accepted,
        };
        let (front, shutdown) = (Arc::clone(front), shutdown.clone());
        connections.spawn(async move {
            let _place = place;
            answer(&front, stream, &shutdown).await;
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers one visitor after the other on `stream`.
async fn answer(front: &Front, stream: TcpStream, shutdown: &Shutdown) {
    let _open = front.metrics.connected();
    let respond = |request: Request<Incoming>| async move {
        Ok::<_, Infallible>(front.answer(&request, shutdown).await)
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service_fn(respond));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = shutdown.stop.cancelled() => None,
        () = sleep(LONGEST_CONNECTION) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        // What is under way is answered, if that takes no longer than this.
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(ENDPOINTS_GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // What a visitor does to a connection is the visitor's business.
        tracing::debug!(%error, "a connection broke off");
    }
}
