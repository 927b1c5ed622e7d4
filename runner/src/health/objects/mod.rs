//! The objects of a list, with only those of their fields that a store's health is made of, named as
//! Kubernetes names them; and what they come to.

mod certificate;
mod claim;
mod pod;
mod quota;
mod way_in;

use std::collections::BTreeMap;

use domain::{health::Presence, operation::Workload, values::timestamp::Timestamp};
use serde::Deserialize;

pub(super) use self::{
    certificate::ListedCertificate,
    claim::ListedClaim,
    pod::ListedPod,
    quota::ListedQuota,
    way_in::{ListedIngress, way_in_by},
};
use crate::resources::workload_of;

/// Amounts by resource.
type Amounts = BTreeMap<String, String>;

/// A `Namespace`, by its metadata.
#[derive(Deserialize)]
pub(super) struct ListedNamespace {
    pub(super) metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<Timestamp>,
}

impl Metadata {
    fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    fn workload(&self) -> Option<Workload> {
        workload_of(&self.labels)
    }
}

impl ListedNamespace {
    pub(super) fn presence(&self) -> Presence {
        if self.metadata.is_terminating() { Presence::Terminating } else { Presence::There }
    }
}
