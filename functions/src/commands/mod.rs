//! What commands do: each changes the table and sends a job. Nothing here knows HTTP: a handler parses a request, calls
//! one of these, and answers with what it came to.

mod change;
mod create;
mod job;
mod mute;
mod operation;

use domain::{
    audit::Actor,
    idempotency::KeyedRequest,
    store::{Store, slug::Slug, version::ExpectedVersion},
    table::{ChangeError, ChangeRequest, CreateError, TableError},
    values::timestamp::Timestamp,
};
use uuid::Uuid;

use crate::app::App;

/// Commands that come in one request.
#[derive(Clone, Debug)]
pub struct Commands<'a> {
    app: &'a App,
    /// The trace that their jobs belong to.
    traceparent: Option<String>,
}

/// Who gives a command, and for which version of a store.
#[derive(Clone, Debug)]
pub struct CommandRequest {
    /// Who.
    pub actor: Actor,
    /// The versions in which it may be carried out.
    pub expected: ExpectedVersion,
    /// The request, where it has a key.
    pub keyed: Option<KeyedRequest>,
}

/// What a command came to.
#[derive(Clone, Debug)]
pub struct CommandResult<T> {
    /// What it was about, as it is now.
    pub subject: T,
    /// Whether the same request, by its key, was carried out before.
    pub is_replay: bool,
    /// Whether its job could not be sent, which is now up to the sweep.
    pub job_not_sent: bool,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The store was not created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The store was not changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The same request was carried out before, and what it made is not there any more.
    #[error("what this idempotency key stands for is gone")]
    Gone,
    /// The request's key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The table could not be read.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl CommandRequest {
    fn at(&self, now: Timestamp) -> ChangeRequest<'_> {
        let Self { actor, expected, keyed } = self;
        ChangeRequest { actor, now, expected, keyed: keyed.as_ref() }
    }
}

impl<'a> Commands<'a> {
    /// Commands on `app`'s stores, in this trace.
    #[must_use]
    pub fn new(app: &'a App, traceparent: Option<String>) -> Self {
        Self { app, traceparent }
    }

    /// The incarnation `uid` of the store `id`, which a request has changed before, as long as it lives.
    async fn living(&self, id: &Slug, uid: Uuid) -> Result<Store, CommandError> {
        let lives = |store: &Store| store.uid == uid && !store.state.status().is_gone();
        self.app.table.store(id).await?.filter(lives).ok_or(CommandError::Gone)
    }
}
