//! A connection to an address that was checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::{
    error::CallError,
    limits::{CallClock, Phase},
    resolver::Resolve,
    target::{Host, Target},
    tls::Trust,
};

/// What a request is sent over: plain or encrypted.
pub(crate) type Connection = TokioIo<Box<dyn Stream>>;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens a connection to `target`. Its name is resolved once; where one of its addresses is refused, all are: a name
/// that leads into a network of ours by one of them has nothing good in mind, or is set up wrongly.
pub(crate) async fn open(
    target: &Target,
    resolver: &dyn Resolve,
    trust: &Trust,
    clock: &CallClock,
) -> Result<Connection, CallError> {
    let addresses = match target.host() {
        // It was checked with the URL.
        Host::Address(address) => vec![*address],
        Host::Name(name) => checked_addresses(name, target, resolver, clock).await?,
    };
    let connecting = connect(&addresses, target.port(), clock.phase_end(Phase::Connect));
    let tcp = clock.within(Phase::Connect, connecting).await?.map_err(CallError::Unreachable)?;
    let stream: Box<dyn Stream> = match target.server_name() {
        Some(name) if target.is_encrypted() => {
            let tls = clock.within(Phase::Tls, trust.connector().connect(name, tcp)).await?;
            Box::new(tls.map_err(CallError::Tls)?)
        }
        _ => Box::new(tcp),
    };
    Ok(TokioIo::new(stream))
}

async fn checked_addresses(
    name: &str,
    target: &Target,
    resolver: &dyn Resolve,
    clock: &CallClock,
) -> Result<Vec<IpAddr>, CallError> {
    let found = clock.within(Phase::Name, resolver.resolve(name)).await?;
    let found = found.map_err(|source| CallError::Unresolved { name: name.to_owned(), source })?;
    if found.is_empty() {
        return Err(CallError::NoAddress { name: name.to_owned() });
    }
    for address in &found {
        if let Some(reserved) = target.policy().refuses(*address) {
            return Err(CallError::Refused { name: name.to_owned(), address: *address, reserved });
        }
    }
    Ok(found)
}

/// Connects to the first of `addresses` that answers. Each but the last, for which the caller's own bound counts, gets
/// its share of the time until `end`, so that one that is silent leaves some to the next.
async fn connect(addresses: &[IpAddr], port: u16, end: Instant) -> io::Result<TcpStream> {
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (place, address) in addresses.iter().enumerate() {
        let connecting = TcpStream::connect(SocketAddr::new(*address, port));
        let now = Instant::now();
        let connected = match u32::try_from(addresses.len() - place).unwrap_or(u32::MAX) {
            1 => connecting.await,
            left => match timeout_at(now + end.saturating_duration_since(now) / left, connecting).await {
                Ok(connected) => connected,
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            },
        };
        match connected {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(refused) => error = refused,
        }
    }
    Err(error)
}
