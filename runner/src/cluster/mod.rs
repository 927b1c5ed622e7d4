//! The thin rim towards Kubernetes: few verbs, one retry policy, one reading of its errors.
//!
//! - *Every change can be repeated* (`objects`). A create that finds the object there takes it only if it carries
//!   this store's uid; else it is a conflict. What an earlier incarnation of the store has left is removed; a
//!   namespace that is being deleted is waited for, whoever's it was. A change is merged into the version that
//!   was read, and a deletion names the very object that was seen.
//! - *Waiting is watching* (`wait`), from the version that the create returned, so that nothing between is missed.
//! - *One retry policy* (`request`). What may heal is tried again with backoff and jitter, or after the pause that
//!   the API server asks for. Nothing else tries again: the client's own policy would send without asking for the
//!   lease first, uncounted. `refusal.rs` is the one place that decides what may heal.
//! - *Failures say why* (`diagnosis`). While a workload is waited for, its pods are checked every few seconds. What
//!   can't heal ends the wait at once; what may heal is said at the deadline. A workload that somebody has scaled
//!   to none, paused or suspended is not waited for.
//! - *Logs leave without secrets* (`pods`). Where the Secrets can't be read, the log does not leave at all.

mod client;
mod connection;
mod diagnosis;
mod error;
mod objects;
mod pods;
mod request;
mod stream;
mod troubles;
mod wait;

pub use self::{
    client::{Cluster, Object},
    connection::{AccessError, HeaderReader, Transport, client_builder, connect, headers_read},
    diagnosis::Diagnosis,
    error::{ClusterError, Trouble},
    pods::ContainerCommand,
    wait::{WaitState, available, complete, fetched, has_ended, serving},
};
pub(crate) use self::{
    error::GONE,
    objects::NO_CERT_MANAGER,
    request::{get_if_known, is_of_unknown_kind},
    stream::read_parts,
};
