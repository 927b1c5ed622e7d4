//! Why a store failed, in a form that a program can switch on and a person can act on.

use serde::{Deserialize, Serialize};

use crate::{provisioning::step::Step, values::timestamp::Timestamp};

/// A stable code for a kind of failure. Codes are only ever added.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::VariantArray,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FailureCode {
    /// A container's image can't be pulled.
    ImagePullFailed,
    /// No node takes a pod.
    Unschedulable,
    /// A container ends again and again.
    CrashLoop,
    /// A container can't be created from its pod's specification.
    ContainerConfigInvalid,
    /// The cluster's admission does not let a pod in.
    PodRefused,
    /// A workload did not become ready before the deadline, and nothing says why.
    DeadlineExceeded,
    /// The Kubernetes API could not be reached until the deadline.
    ClusterUnreachable,
    /// A webhook without which the cluster admits nothing failed until the deadline.
    AdmissionUnavailable,
    /// The Kubernetes API refused an object: its message says why.
    ClusterRefused,
    /// An object of that name exists and belongs to something else.
    NamespaceConflict,
    /// Something else than the store's runner deleted one of its objects, or its namespace.
    ObjectDeleted,
    /// The store's quota does not admit one of its objects.
    QuotaExceeded,
    /// Secrets that come from outside the cluster could not be fetched.
    SecretsUnavailable,
    /// The job that installs the shop failed.
    SetupJobFailed,
    /// The namespace could not be deleted.
    CleanupFailed,
    /// The store was taken up too often without coming to an end.
    AttemptsExhausted,
    /// A command in one of the store's containers failed.
    CommandFailed,
    /// There is no pod of the component that was asked about.
    PodNotFound,
    /// A container has no such log: it has not begun, or none was there before it.
    LogUnavailable,
    /// Somebody has scaled a workload to none, paused or suspended it.
    WorkloadStopped,
    /// The certificate of the store's address was not issued before the deadline.
    CertificatePending,
    /// The Gateway does not take the store's route: its message has the controller's own reason.
    RouteRefused,
    /// An upgrade ended before it had changed anything: the shop goes on as it was.
    UpgradeRefused,
    /// An upgrade ended when the shop's database may have been changed already: the shop is closed until one comes to
    /// its end.
    UpgradeFailed,
    /// The shop had no quiet moment for as long as the operation waits for one: nothing was changed.
    ShopBusy,
    /// The operation waited for a quiet moment, and another one that was asked for took its place.
    Replaced,
    /// The store was deleted before an operation on it had ended.
    StoreDeleted,
    /// A kind that a later build has written, and this one does not know.
    #[serde(other)]
    Other,
}

/// What became of the namespace after a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Cleanup {
    /// It is still to be deleted: the store is not at rest.
    Pending,
    /// It is gone.
    Done,
    /// It could not be deleted. It is looked at again now and then, and what was asked for is brought to its
    /// end once nothing stands in the way; deleting the store tries again at once.
    Failed {
        /// What stood in the way.
        #[serde(serialize_with = "crate::values::kept_text::serialize")]
        message: String,
    },
    /// It was left as it is: for inspection, as the runner's configuration asks, or because a merchant's shop is in it.
    Kept,
}

/// Why a store is `Failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The step that failed.
    pub step: Step,
    /// The kind of failure.
    pub code: FailureCode,
    /// A sentence that says what happened and what can be done.
    #[serde(serialize_with = "crate::values::kept_text::serialize")]
    pub message: String,
    /// When it happened.
    pub at: Timestamp,
    /// What became of the namespace.
    pub cleanup: Cleanup,
}
