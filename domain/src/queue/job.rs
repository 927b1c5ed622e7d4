//! The hint on the queue that there is work.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use strum::VariantArray as _;
use uuid::Uuid;

use crate::{
    operation::{
        key::OperationKey,
        kind::{OperationKind, ReadOnlyKind},
    },
    store::{Store, slug::Slug, task::Task},
};

/// How long after a job was sent someone must look again, should no runner have taken it up.
pub const PICKUP_GRACE: Duration = Duration::from_secs(60);

/// A message on the jobs queue. A job that is about no store gets a variant of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// A store has work.
    Store {
        /// The store's id.
        store: Slug,
        /// The incarnation of that id that is meant.
        uid: Uuid,
        /// What there was to do when the job was sent. The table says what there is to do now.
        task: Task,
    },
    /// A read-only operation is to be carried out.
    ReadOnly {
        /// Which.
        operation: OperationKey,
        /// Its kind.
        kind: ReadOnlyKind,
    },
}

/// What a job is about, as messages and metrics name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// A task of a store.
    Store(Task),
    /// A read-only operation.
    ReadOnly(ReadOnlyKind),
}

/// The version of the message that this build writes, and the only one it reads.
const VERSION: u32 = 1;

/// A message about a store, or about a read-only operation on one.
#[derive(Serialize, Deserialize)]
struct Message {
    version: u32,
    store: Slug,
    uid: Uuid,
    task: JobKind,
    /// The read-only operation's id. The name is that of builds before.
    #[serde(rename = "inquiry", skip_serializing_if = "Option::is_none", default)]
    operation: Option<Uuid>,
}

#[derive(Deserialize)]
struct Envelope {
    version: u32,
}

/// A message that is not a job this build can run.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Not JSON, or without the fields of a job.
    #[error("the message is not a job")]
    Malformed(#[from] serde_json::Error),
    /// Written by another build.
    #[error("the job has version {found}, this build reads version {VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
}

impl JobKind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        Task::all().map(Self::Store).chain(ReadOnlyKind::VARIANTS.iter().copied().map(Self::ReadOnly))
    }

    /// Its name in messages and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Store(task) => task.name(),
            Self::ReadOnly(kind) => OperationKind::from(kind).row().task,
        }
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for JobKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for JobKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let kind = Self::all().find(|kind| kind.name() == name);
        kind.ok_or_else(|| D::Error::custom(format_args!("{name:?} is no task")))
    }
}

impl Job {
    /// The job for what `store` has to do; `None` when it is at rest.
    #[must_use]
    pub fn of(store: &Store) -> Option<Self> {
        Some(Self::Store { store: store.id.clone(), uid: store.uid, task: store.task()? })
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Store { task, .. } => JobKind::Store(*task),
            Self::ReadOnly { kind, .. } => JobKind::ReadOnly(*kind),
        }
    }

    /// The store that it is about, and its incarnation.
    #[must_use]
    pub fn store(&self) -> Option<(&Slug, Uuid)> {
        match self {
            Self::Store { store, uid, .. } => Some((store, *uid)),
            Self::ReadOnly { operation, .. } => Some((&operation.store, operation.uid)),
        }
    }

    /// The message body.
    ///
    /// # Errors
    /// None in practice: a job has nothing that JSON can't hold.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        let (store, uid, operation) = match self {
            Self::Store { store, uid, .. } => (store, *uid, None),
            Self::ReadOnly { operation, .. } => (&operation.store, operation.uid, Some(operation.operation)),
        };
        let task = self.kind();
        serde_json::to_string(&Message { version: VERSION, store: store.clone(), uid, task, operation })
    }

    /// Reads a message body. The version is looked at first, so that a job of a later version is
    /// told from one that is broken.
    ///
    /// # Errors
    /// [`JobError`] when it is not a job of this version.
    pub fn decode(body: &str) -> Result<Self, JobError> {
        let Envelope { version } = serde_json::from_str(body)?;
        if version != VERSION {
            return Err(JobError::Version { found: version });
        }
        let Message { version: _, store, uid, task, operation } = serde_json::from_str(body)?;
        match (task, operation) {
            (JobKind::Store(task), None) => Ok(Self::Store { store, uid, task }),
            (JobKind::ReadOnly(kind), Some(operation)) => {
                Ok(Self::ReadOnly { operation: OperationKey { store, uid, operation }, kind })
            }
            (JobKind::ReadOnly(_), None) => {
                Err(serde_json::Error::custom("a read-only operation has no id").into())
            }
            (JobKind::Store(_), Some(_)) => {
                Err(serde_json::Error::custom("a store's task has the id of a read-only operation").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::kind::ExclusiveKind;

    const UID: &str = "0198f2a0-0000-7000-8000-000000000000";

    fn job(task: Task) -> Job {
        Job::Store { store: Slug::parse("my-shop").unwrap(), uid: UID.parse().unwrap(), task }
    }

    #[test]
    fn the_message_has_the_form_that_other_builds_read() {
        for (task, name) in [
            (Task::Provision, "Provision"),
            (Task::Teardown, "Teardown"),
            (Task::Operation(ExclusiveKind::Restart), "Restart"),
            (Task::Operation(ExclusiveKind::ResetPassword), "ResetPassword"),
            (Task::Operation(ExclusiveKind::Hibernate), "Hibernate"),
            (Task::Operation(ExclusiveKind::Resume), "Resume"),
        ] {
            let body = job(task).encode().unwrap();
            assert_eq!(body, format!(r#"{{"version":1,"store":"my-shop","uid":"{UID}","task":"{name}"}}"#));
            assert_eq!(Job::decode(&body).unwrap(), job(task));
        }
        for (kind, name) in
            [(ReadOnlyKind::RevealCredentials, "RevealCredentials"), (ReadOnlyKind::Logs, "Logs")]
        {
            let (store, uid): (_, Uuid) = (Slug::parse("my-shop").unwrap(), UID.parse().unwrap());
            let job = Job::ReadOnly { operation: OperationKey { store, uid, operation: uid }, kind };
            let body = job.encode().unwrap();
            let task = format!(r#""task":"{name}","inquiry":"{UID}""#);
            assert_eq!(body, format!(r#"{{"version":1,"store":"my-shop","uid":"{UID}",{task}}}"#));
            assert_eq!(Job::decode(&body).unwrap(), job);
        }
    }

    #[test]
    fn a_later_version_is_distinguished_from_a_broken_message() {
        assert!(matches!(Job::decode(r#"{"version":2,"shape":"new"}"#), Err(JobError::Version { found: 2 })));
        assert!(matches!(Job::decode("hello"), Err(JobError::Malformed(_))));
        assert!(matches!(Job::decode(r#"{"version":1}"#), Err(JobError::Malformed(_))));
    }

    #[test]
    fn a_read_only_operation_has_an_id_and_a_stores_task_has_none() {
        let message = |rest: &str| format!(r#"{{"version":1,"store":"my-shop","uid":"{UID}",{rest}}}"#);
        for rest in
            [r#""task":"Logs""#, &format!(r#""task":"Restart","inquiry":"{UID}""#), r#""task":"Dance""#]
        {
            assert!(matches!(Job::decode(&message(rest)), Err(JobError::Malformed(_))), "{rest}");
        }
    }
}
