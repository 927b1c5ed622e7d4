//! What a sweep sees of a store in the cluster. Names and words are Kubernetes' own.

use serde::{Deserialize, Serialize};

use super::page::{Mail, Page};
use crate::{operation::Workload, values::timestamp::Timestamp};

/// A store as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Its namespace.
    pub namespace: Presence,
    /// The pods of shop and database.
    pub pods: Vec<Pod>,
    /// Their volumes.
    pub volumes: Vec<Volume>,
    /// What the store uses.
    pub quota: Vec<QuotaUse>,
    /// The certificate of its address.
    pub certificate: Certificate,
    /// What leads visitors to it.
    pub way_in: WayIn,
    /// Its pages.
    pub page: Page,
    /// Its mails, where the shop has said how they go.
    pub mail: Option<Mail>,
}

/// What leads visitors to a store: an Ingress, or a route on a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WayIn {
    /// The store is to have none, or nobody has looked for it.
    #[default]
    Unasked,
    /// It is there and, where that is a route, its Gateway takes it.
    Open,
    /// Its Gateway does not take it, for this reason.
    Refused(String),
    /// There is none.
    Absent,
}

/// The certificate of a store's address, where each store has one of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// The store is not to have one, or nobody has looked for it.
    #[default]
    Unasked,
    /// It is there.
    Issued,
    /// It is not there, for this reason.
    Pending(String),
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    There,
    /// It is being deleted.
    Terminating,
    /// It is not.
    Absent,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PodHealth))]
#[serde(rename_all = "camelCase")]
pub struct Pod {
    /// Its name.
    #[cfg_attr(feature = "schema", schema(examples("mysql-6c8f9d7b5-x2x7k")))]
    pub name: String,
    /// What runs in it.
    pub component: Workload,
    /// How far it is in its life.
    pub phase: PodPhase,
    /// Whether it serves.
    pub ready: bool,
    /// Whether it is being deleted.
    #[serde(rename = "leaving")]
    pub terminating: bool,
    /// What Kubernetes says of why it is not ready, such as `CrashLoopBackOff`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How often its containers were started again.
    pub restarts: u32,
    /// How a container of it ended last, if one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_exit: Option<LastExit>,
    /// Since when it is over, as far as that is known of one that is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// What it was made from.
    pub image: String,
}

/// The phases of <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase>.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::EnumString,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum PodPhase {
    /// A container of it has not been started yet.
    Pending,
    /// At least one container runs, or is being started again.
    Running,
    /// All containers have ended well.
    Succeeded,
    /// All containers have ended, one of them not well.
    Failed,
    /// Its node does not answer.
    Unknown,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastExit {
    /// Its exit code.
    pub exit_code: i32,
    /// What Kubernetes calls it, such as `OOMKilled`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// When; absent where Kubernetes does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<Timestamp>,
}

/// A volume, by its claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = VolumeHealth))]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// The claim's name.
    pub name: String,
    /// Whose data it holds.
    pub component: Workload,
    /// How much it has room for, or is to have.
    #[cfg_attr(feature = "schema", schema(examples("5Gi")))]
    pub size: String,
    /// Where it stands.
    pub phase: VolumePhase,
    /// Whether it is being deleted.
    #[serde(rename = "leaving")]
    pub terminating: bool,
}

/// The phases of a claim.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::EnumString,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum VolumePhase {
    /// There is no volume for it yet.
    Pending,
    /// It has its volume.
    Bound,
    /// Its volume is gone.
    Lost,
}

/// How much of a resource a store uses, and may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct QuotaUse {
    /// The resource.
    #[cfg_attr(feature = "schema", schema(examples("requests.memory")))]
    pub resource: String,
    /// What is used; absent where nobody has counted yet.
    #[cfg_attr(feature = "schema", schema(examples("512Mi")))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub used: Option<String>,
    /// The most that may be used.
    #[cfg_attr(feature = "schema", schema(examples("2Gi")))]
    pub hard: String,
}
