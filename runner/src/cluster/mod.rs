//! The thin rim towards Kubernetes: few verbs, one retry policy, one reading of its errors.

mod client;
mod connection;
mod diagnosis;
mod error;
mod objects;
mod pods;
mod request;
mod troubles;
mod wait;

pub use self::{
    client::{Cluster, Object},
    connection::{AccessError, HeaderReader, Transport, client_builder, connect, headers_read},
    diagnosis::Diagnosis,
    error::{ClusterError, Trouble},
    pods::ContainerCommand,
    wait::{WaitState, available, complete, fetched, serving},
};
pub(crate) use self::{error::GONE, objects::NO_CERT_MANAGER};
