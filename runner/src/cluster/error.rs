//! What stands in the way in the cluster: for good, and just now.

use std::fmt;

use domain::{operation::logs::Component, values::kept_text::listed};
use uuid::Uuid;

use super::diagnosis::Diagnosis;

/// The status code of a list or watch that goes on from a moment which the API server no longer remembers.
pub(crate) const GONE: u16 = 410;

/// Why something could not be done in the cluster. What may heal by itself is not among these: it is
/// retried until the caller's deadline.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// An object of that name exists and is somebody else's.
    #[error("{kind} {name} exists already and does not belong to this store")]
    Conflict {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Which earlier incarnation of the store it says that it is of, if it does.
        earlier: Option<Uuid>,
    },
    /// The namespace that an object was to be put into is being deleted, or gone, and the store's
    /// runner has not done that.
    #[error("{kind} {name} has no place: somebody deleted the store's namespace")]
    NamespaceGone {
        /// The object's kind.
        kind: String,
        /// The object's name.
        name: String,
    },
    /// The store's quota does not admit an object.
    #[error("the store's quota does not admit {kind} {name}: {message}")]
    Quota {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What the API server says.
        message: String,
    },
    /// The API server refused a request for good.
    #[error("the Kubernetes API refused {verb} {kind} {name}: {message}")]
    Refused {
        /// What was asked for.
        verb: &'static str,
        /// The object's kind.
        kind: String,
        /// The object's name.
        name: String,
        /// What the API server says.
        message: String,
    },
    /// An object came to an end that it can't come back from.
    #[error("{kind} {name} failed: {}", .diagnosis.message)]
    Failed {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What is wrong with it.
        diagnosis: Diagnosis,
    },
    /// An object is not there that a store which is up has.
    #[error("{kind} {name} is not there")]
    Missing {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
    },
    /// A command in a container failed.
    #[error("`{command}` in pod {pod} failed: {complaint}")]
    Command {
        /// What the command is called.
        command: &'static str,
        /// In which pod it ran.
        pod: String,
        /// What it says.
        complaint: String,
    },
    /// A component has no pod.
    #[error("there is no pod of {component}; {}", present(.others))]
    NoPod {
        /// The component.
        component: Component,
        /// The store's other pods.
        others: Vec<String>,
    },
    /// A container has no such log.
    #[error("the log of container {container} in pod {pod} can't be read: {reason}")]
    NoLog {
        /// The pod.
        pod: String,
        /// The container.
        container: String,
        /// Why, in the kubelet's words.
        reason: String,
    },
    /// An object went away while its readiness was waited for.
    #[error("{kind} {name} was deleted while it was waited for")]
    Vanished {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
    },
}

/// What stands in the way just now: said when a deadline passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The API server does not answer as it should.
    Unreachable(String),
    /// The API server answers, and refuses for a reason that may heal.
    Refused(String),
    /// The API server can't decide without a webhook, and that fails.
    Admission {
        /// What the cluster calls it.
        webhook: String,
        /// What the API server says.
        reason: String,
    },
    /// An object is not ready.
    NotReady(Diagnosis),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable(reason) | Self::Refused(reason) | Self::Admission { reason, .. } => reason,
            Self::NotReady(diagnosis) => &diagnosis.message,
        })
    }
}

/// How many pods are named.
const PODS_NAMED: usize = 10;

/// What there is in the place of a pod that is not.
fn present(pods: &[String]) -> String {
    if pods.is_empty() {
        "the store has no pods".into()
    } else {
        format!("the store has {}", listed(pods, PODS_NAMED, ", "))
    }
}
