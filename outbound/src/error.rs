//! Why a call came to nothing.

use std::{io, net::IpAddr};

use crate::{address::Reserved, limits::TimedOut};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// One of the name's addresses is of no public machine. Nothing was sent, and nobody was connected to.
    #[error("`{name}` leads to {address}, a {reserved} address")]
    Refused {
        /// The name.
        name: String,
        /// Its address.
        address: IpAddr,
        /// What that is reserved for.
        reserved: Reserved,
    },
    /// The name's addresses could not be found.
    #[error("`{name}` could not be resolved")]
    Unresolved {
        /// The name.
        name: String,
        /// What the resolver says.
        #[source]
        source: io::Error,
    },
    /// The name has no address.
    #[error("`{name}` has no address")]
    NoAddress {
        /// The name.
        name: String,
    },
    /// None of the addresses takes a connection; what the last of them said.
    #[error("no connection could be made")]
    Unreachable(#[source] io::Error),
    /// The certificate is not good, or no common way to encrypt was found.
    #[error("no encrypted connection could be made")]
    Tls(#[source] io::Error),
    /// What came back is no HTTP, or too long a head, or it broke off.
    #[error("no whole answer came back")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

impl CallError {
    /// The error with its causes, in one line.
    #[must_use]
    pub fn explained(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
