//! From a name to its addresses, none of which is checked yet.

use std::{fmt, io, net::IpAddr};

use futures_util::future::BoxFuture;

/// Finds the addresses of a name. One call of the client asks it once.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// All addresses of `name`, in the order in which they are to be tried.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver, with its search domains and its file of hosts: what those lead to is checked as
/// all else is.
///
/// Its answer can't be called off. One that is not waited for any more still takes up a thread until it is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
