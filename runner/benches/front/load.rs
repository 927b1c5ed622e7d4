//! Visitors that ask again as soon as they have an answer, each on a connection of its own.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What so many visitors were answered in a while.
pub(crate) struct Load {
    /// How long each answer took, in microseconds, sorted.
    times: Vec<u32>,
    elapsed: Duration,
}

impl Load {
    /// Has `connections` visitors ask `address` for `host` for as long as `time`. Each answer must be of `status`.
    pub(crate) async fn of(
        address: &str,
        host: &str,
        status: u16,
        connections: usize,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nAccept-Language: de\r\n\r\n");
        let begin = format!("HTTP/1.1 {status} ");
        let began = Instant::now();
        let visitors = (0..connections).map(|_| visit(address, &request, &begin, began + time));
        let mut times = try_join_all(visitors).await?.concat();
        let elapsed = began.elapsed();
        times.sort_unstable();
        ensure!(!times.is_empty(), "{address} has answered nobody");
        Ok(Self { times, elapsed })
    }

    pub(crate) fn count(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn a_second(&self) -> f64 {
        self.count() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time, in milliseconds, in which this share of the answers came.
    pub(crate) fn within(&self, share: f64) -> f64 {
        let place = (share * self.times.len() as f64).ceil() as usize;
        f64::from(self.times[place.clamp(1, self.times.len()) - 1]) / 1000.0
    }
}

async fn visit(address: &str, request: &str, begin: &str, end: Instant) -> anyhow::Result<Vec<u32>> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("{address} takes nobody"))?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    let mut times = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let mut read = 0;
        while read == 0 || read < length(&buffer[..read])? {
            ensure!(read < buffer.len(), "the answer is too long");
            let more = stream.read(&mut buffer[read..]).await?;
            ensure!(more > 0, "the connection was closed after {} answers", times.len());
            read += more;
        }
        times.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        ensure!(buffer.starts_with(begin.as_bytes()), "{}", String::from_utf8_lossy(&buffer[..read]));
    }
    Ok(times)
}

/// How long the answer is that begins so; more than there is where its head is not whole.
fn length(answer: &[u8]) -> anyhow::Result<usize> {
    let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(usize::MAX) };
    let lines = str::from_utf8(&answer[..head])?.lines();
    let body = lines.filter_map(|line| line.split_once(": ")).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>())
    });
    Ok(head + 4 + body.context("an answer without a length")??)
}
