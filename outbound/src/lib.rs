//! The guarded HTTP client: all that calls an address which a stranger has named goes through here.
//!
//! Such an address is hostile. It may lead to this machine (Lambda's own Runtime API listens on loopback), to the
//! network around it, or to the metadata service that gives out credentials; and it may lead somewhere else a moment
//! after it was looked at. So:
//!
//! - the URL is checked ([`target`]): scheme, port, no credentials;
//! - its name is resolved once a call, each address found is checked ([`address`]), and the connection goes to one of
//!   those, never through a second look at the name ([`connection`]);
//! - there is no proxy, no redirect, no cookie and no connection that a later call could use: nothing here has them;
//! - TLS is verified ([`tls`]);
//! - each phase of a call has a bound in time, all of it has one, and so have the answer's head and body ([`limits`]).
//!
//! It is made of `hyper`'s connection alone, without a client that resolves, connects and keeps by itself: what such a
//! client does beside the call depends on its features, and any crate of the workspace can switch those on.

pub mod address;
pub mod answer;
pub mod client;
mod connection;
pub mod error;
pub mod limits;
pub mod policy;
pub mod resolver;
pub mod target;
pub mod tls;
