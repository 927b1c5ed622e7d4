//! The hint on the queue that a store has work.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    operation::InquiryKey,
    store::{Store, slug::Slug, task::Task},
};

/// How long after a job was sent someone must look again, should no runner have taken it up.
pub const PICKUP_GRACE: Duration = Duration::from_secs(60);

/// A message on the jobs queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The store's id.
    pub store: Slug,
    /// Which incarnation of that id is meant.
    pub uid: Uuid,
    /// What there was to do when the job was sent. The table says what there is to do now.
    pub task: Task,
    /// Which inquiry it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub inquiry: Option<Uuid>,
}

/// The version of the message that this build writes, and the only one it reads.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Message {
    version: u32,
    #[serde(flatten)]
    job: Job,
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

impl Job {
    /// The job for what `store` has to do; `None` when it is at rest.
    #[must_use]
    pub fn of(store: &Store) -> Option<Self> {
        let task = store.state.task()?;
        Some(Self { store: store.id.clone(), uid: store.uid, task, inquiry: None })
    }

    /// The job for an inquiry, which takes `task`.
    #[must_use]
    pub fn of_inquiry(inquiry: &InquiryKey, task: Task) -> Self {
        let InquiryKey { store, uid, operation } = inquiry;
        Self { store: store.clone(), uid: *uid, task, inquiry: Some(*operation) }
    }

    /// The inquiry that it is about, if it is about one.
    #[must_use]
    pub fn inquiry(&self) -> Option<InquiryKey> {
        let operation = self.inquiry?;
        Some(InquiryKey { store: self.store.clone(), uid: self.uid, operation })
    }

    /// The message body.
    ///
    /// # Errors
    /// None in practice: a job has nothing that JSON can't hold.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Message { version: VERSION, job: self.clone() })
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
        Ok(serde_json::from_str::<Message>(body)?.job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "0198f2a0-0000-7000-8000-000000000000";

    fn job() -> Job {
        Job {
            store: Slug::parse("my-shop").unwrap(),
            uid: UID.parse().unwrap(),
            task: Task::Provision,
            inquiry: None,
        }
    }

    #[test]
    fn the_message_has_the_form_that_other_builds_read() {
        let body = job().encode().unwrap();
        assert_eq!(body, format!(r#"{{"version":1,"store":"my-shop","uid":"{UID}","task":"Provision"}}"#));
        assert_eq!(Job::decode(&body).unwrap(), job());

        let key = InquiryKey { store: job().store, uid: job().uid, operation: job().uid };
        let job = Job::of_inquiry(&key, Task::RevealCredentials);
        let body = job.encode().unwrap();
        let task = r#""task":"RevealCredentials","inquiry""#;
        assert_eq!(body, format!(r#"{{"version":1,"store":"my-shop","uid":"{UID}",{task}:"{UID}"}}"#));
        assert_eq!(Job::decode(&body).unwrap().inquiry(), Some(key));
    }

    #[test]
    fn a_later_version_is_told_from_a_broken_message() {
        assert!(matches!(Job::decode(r#"{"version":2,"shape":"new"}"#), Err(JobError::Version { found: 2 })));
        assert!(matches!(Job::decode("hello"), Err(JobError::Malformed(_))));
        assert!(matches!(Job::decode(r#"{"version":1}"#), Err(JobError::Malformed(_))));
    }
}
