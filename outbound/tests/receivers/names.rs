//! A resolver that says what a test wants.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use futures_util::future::{BoxFuture, FutureExt as _};
use outbound::{client::Client, limits::Limits, policy::Policy, resolver::Resolve, target::Target};

use crate::authority::Authority;

/// What it says when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    Addresses(&'static [&'static str]),
    Fails,
    Nothing,
}

/// What it says each time that it is asked, in this order. Nobody expects more.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<Mutex<VecDeque<Says>>>);

impl Names {
    pub(crate) fn new(says: impl IntoIterator<Item = Says>) -> Self {
        Self(Arc::new(Mutex::new(says.into_iter().collect())))
    }

    /// One that leads to loopback, once.
    pub(crate) fn loopback() -> Self {
        Self::new([Says::Addresses(&["127.0.0.1"])])
    }

    /// How often it may still be asked.
    pub(crate) fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// A client that asks it.
    pub(crate) fn client(&self, limits: Limits) -> Client {
        Client::with_resolver(Authority::new().trust(), limits, Arc::new(self.clone()))
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let says = self.0.lock().unwrap().pop_front().unwrap_or_else(|| panic!("nobody asks for {name} now"));
        match says {
            Says::Addresses(addresses) => {
                let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
                std::future::ready(Ok(addresses)).boxed()
            }
            Says::Fails => std::future::ready(Err(io::Error::other("no such name"))).boxed(),
            Says::Nothing => std::future::pending().boxed(),
        }
    }
}

/// This URL, by the policy of a local stack.
pub(crate) fn local(url: &str) -> Target {
    Target::parse(url, Policy::local()).unwrap()
}
