//! What answers on every host below the domain that no store answers on: `runner front`.
//!
//! It reads in the table how the store of that host stands, and tells the visitor, by a page that says nothing else of
//! the store. It never passes a request on: whatever leads visitors to stores sends those here whom no store has.
//!
//! The way of a request: `server` bounds it, `host` says which store it is for, `lookup` how that stands, `page` which
//! page that is, `language`, `texts` and `answers` what is sent. `probes` and `metrics` are for the cluster, on a port of their
//! own.

mod answers;
mod cache;
pub mod config;
mod host;
mod language;
mod lookup;
mod metrics;
mod page;
mod probes;
mod server;
mod texts;

use std::sync::Arc;

use domain::table::Table;
use http::{Method, Request, Response, header::CONNECTION, header::HeaderValue};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::net::TcpListener;

use self::{
    answers::Answers,
    config::FrontConfig,
    host::{Domain, HostError, Site},
    language::Language,
    lookup::{Lookup, Unavailable},
    metrics::Metrics,
    page::Page,
};
use crate::{observe::endpoints::Endpoints, worker::shutdown::Shutdown};

/// What visitors are answered with.
#[derive(Debug)]
pub struct Front {
    domain: Domain,
    lookup: Lookup,
    answers: Answers,
    metrics: Metrics,
}

impl Front {
    /// A front over `table`, which it only reads.
    ///
    /// # Errors
    /// None in practice: see [`http::header::InvalidHeaderValue`].
    pub fn new(table: Table, config: &FrontConfig) -> Result<Self, http::header::InvalidHeaderValue> {
        let metrics = Metrics::new();
        Ok(Self {
            domain: Domain::new(&config.store_domain),
            lookup: Lookup::new(table, config.cache(), metrics.clone()),
            answers: Answers::new()?,
            metrics,
        })
    }

    /// Answers visitors on `visitors`, and the cluster on `probes`, until `shutdown` stops it. While it drains, it
    /// answers still, and says to the cluster that it is not ready.
    pub async fn serve(self, visitors: TcpListener, probes: TcpListener, shutdown: Shutdown) {
        let front = Arc::new(self);
        let endpoints = Endpoints::serve(probes, probes::router(front.metrics.clone(), shutdown.clone()));
        server::serve(&front, visitors, &shutdown).await;
        // Last, so that the last metrics can still be read.
        endpoints.stop().await;
    }

    /// The answer to `request`, of which only the head is read.
    async fn answer<B>(&self, request: &Request<B>, shutdown: &Shutdown) -> Response<Full<Bytes>> {
        let page = self.page(request).await;
        self.metrics.answered(page);
        let mut answer = self.answers.get(page, Language::preferred(request.headers()));
        if shutdown.drain.is_cancelled() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    async fn page<B>(&self, request: &Request<B>) -> Page {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Page::MethodNotAllowed;
        }
        match self.domain.site(request.uri(), request.version(), request.headers()) {
            Err(HostError) => Page::BadRequest,
            Ok(Site::Nobody) => Page::Unknown,
            Ok(Site::Store(store)) => match self.lookup.find(&store).await {
                Ok(standing) => Page::of(standing),
                Err(Unavailable) => Page::Unavailable,
            },
        }
    }
}
