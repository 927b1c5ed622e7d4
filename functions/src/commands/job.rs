//! Sends the job of a command.

use domain::queue::job::Job;

use super::{CommandResult, Commands};

impl Commands<'_> {
    /// What a command about `subject` came to, once its job was sent. A job that can't be sent is no failure of the
    /// command: what was asked for is in the table, and the sweep sends the job once it is overdue.
    pub(super) async fn sent<T>(&self, subject: T, job: Option<Job>) -> CommandResult<T> {
        let job_not_sent = match job {
            Some(job) => !self.send(&job).await,
            None => false,
        };
        CommandResult { subject, is_replay: false, job_not_sent }
    }

    /// Whether `job` was sent.
    async fn send(&self, job: &Job) -> bool {
        let sent = self.app.queue.send(job, self.traceparent.as_deref()).await;
        if let Err(error) = &sent {
            let store = job.store();
            let (id, uid) = (store.map(|(id, _)| id.as_str()), store.map(|(_, uid)| uid.to_string()));
            tracing::error!(store = id, uid, %error, "the job was not sent; the sweep will");
        }
        sent.is_ok()
    }
}
