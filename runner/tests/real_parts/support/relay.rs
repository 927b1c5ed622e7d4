//! A way to a part that a test can close: connections are refused then, as when the part has stopped.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

pub(crate) struct Relay {
    part: String,
    address: SocketAddr,
    /// None while it is closed.
    open: Option<JoinHandle<()>>,
}

impl Relay {
    /// An open one to the part at `url`.
    pub(crate) async fn to(url: &str) -> Self {
        let part = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Some(tokio::spawn(pass(listener, part.clone())));
        Self { part, address, open }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on nobody gets through, and who was through is cut off.
    pub(crate) async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            assert!(open.await.unwrap_err().is_cancelled());
        }
    }

    pub(crate) async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.open = Some(tokio::spawn(pass(listener, self.part.clone())));
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(open) = &self.open {
            open.abort();
        }
    }
}

async fn pass(listener: TcpListener, part: String) {
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    loop {
        let (mut caller, _) = listener.accept().await.unwrap();
        let part = part.clone();
        connections.spawn(async move {
            let mut part = TcpStream::connect(part).await.unwrap();
            // Either end may hang up when it likes.
            let _ = copy_bidirectional(&mut caller, &mut part).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
