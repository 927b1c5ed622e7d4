//! Makes calls.

use std::{pin::pin, sync::Arc};

use futures_util::future::{Either, select};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};

use crate::{
    answer::Answer,
    connection,
    error::CallError,
    limits::{CallClock, Limits, Phase},
    resolver::{Resolve, SystemResolver},
    target::Target,
    tls::Trust,
};

/// What only the client says of a request.
const OF_THE_CLIENT: [HeaderName; 8] =
    [HOST, CONNECTION, CONTENT_LENGTH, EXPECT, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// The least that hyper reads into, in bytes.
const LEAST_BUFFER: usize = 8192;

/// A request to a stranger.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// How.
    pub method: Method,
    /// Where to.
    pub target: &'a Target,
    /// With what; those about the connection and the body's length are the client's.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Vec<u8>,
}

/// The guarded HTTP client. Each call has a connection of its own.
#[derive(Clone, Debug)]
pub struct Client {
    trust: Trust,
    resolver: Arc<dyn Resolve>,
    limits: Limits,
}

impl Client {
    /// One that resolves names as the system does.
    #[must_use]
    pub fn new(trust: Trust, limits: Limits) -> Self {
        Self::with_resolver(trust, limits, Arc::new(SystemResolver))
    }

    /// One that resolves names by `resolver`.
    #[must_use]
    pub fn with_resolver(trust: Trust, limits: Limits, resolver: Arc<dyn Resolve>) -> Self {
        Self { trust, resolver, limits }
    }

    /// Sends `call`, and reads the answer, whatever its status.
    ///
    /// # Errors
    /// [`CallError`]; the request may have arrived nevertheless.
    pub async fn send(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let clock = CallClock::start(self.limits);
        let opened = connection::open(call.target, &*self.resolver, &self.trust, &clock);
        let stream = Box::pin(opened).await?;
        let mut builder = http1::Builder::new();
        let head = self.limits.head_bytes;
        builder.max_header_size(head).max_buf_size(head.max(LEAST_BUFFER));
        let (sender, connection) = builder.handshake(stream).await?;
        // Sent, read and dropped in this one task: nothing of a call outlives it.
        let exchange = pin!(self.exchange(sender, request(call), &clock));
        match select(exchange, pin!(connection)).await {
            Either::Left((answer, _)) => answer,
            // What the connection has to say of its end, the exchange learns too.
            Either::Right((_, exchange)) => exchange.await,
        }
    }

    async fn exchange(
        &self,
        mut sender: SendRequest<Full<Bytes>>,
        request: Request<Full<Bytes>>,
        clock: &CallClock,
    ) -> Result<Answer, CallError> {
        let answer = clock.within(Phase::Head, sender.send_request(request)).await??;
        let (head, body) = answer.into_parts();
        let (body, is_cut) = clock.within(Phase::Body, read(body, self.limits.body_bytes)).await??;
        Ok(Answer { status: head.status, headers: head.headers, body, is_cut })
    }
}

fn request(call: Call<'_>) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::from(call.body)));
    *request.method_mut() = call.method;
    *request.uri_mut() = call.target.path().clone().into();
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = call.headers;
    for name in OF_THE_CLIENT {
        request.headers_mut().remove(name);
    }
    request.headers_mut().insert(HOST, call.target.authority().clone());
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    request
}

/// At most `limit` bytes of `body`, and whether there was more.
async fn read(mut body: Incoming, limit: usize) -> Result<(Vec<u8>, bool), hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = limit - bytes.len();
        if data.len() > room {
            bytes.extend_from_slice(&data[..room]);
            return Ok((bytes, true));
        }
        bytes.extend_from_slice(&data);
    }
    Ok((bytes, false))
}
