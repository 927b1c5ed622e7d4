//! Changes a store: deletes it, or has it tried again.

use domain::{
    idempotency::Made,
    queue::job::Job,
    store::{Store, decision::StoreCommand},
    table::Changed,
};

use super::{CommandError, CommandRequest, CommandResult, Commands};

impl Commands<'_> {
    /// Deletes `store`, as it was read.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn delete_store(
        &self,
        store: Store,
        request: &CommandRequest,
    ) -> Result<CommandResult<Store>, CommandError> {
        let changed = self.change(store, &StoreCommand::Delete, request).await?;
        if let Changed::Applied(store) = &changed {
            let by = &request.actor.principal.name;
            tracing::info!(store = %store.id, uid = %store.uid, %by, "a store's deletion was asked for");
        }
        self.changed(changed).await
    }

    /// Has `store`, as it was read and failed, tried again.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn retry_store(
        &self,
        store: Store,
        request: &CommandRequest,
    ) -> Result<CommandResult<Store>, CommandError> {
        let changed = self.change(store, &StoreCommand::Retry, request).await?;
        if let Changed::Applied(store) = &changed {
            tracing::info!(store = %store.id, uid = %store.uid, status = %store.state.status(), "a failed store is tried again");
        }
        self.changed(changed).await
    }

    /// Carries `command` out on `store`, as it was read.
    pub(super) async fn change(
        &self,
        store: Store,
        command: &StoreCommand,
        request: &CommandRequest,
    ) -> Result<Changed, CommandError> {
        Ok(self.app.table.change_store(store, command, request.at(self.app.clock.now())).await?)
    }

    async fn changed(&self, changed: Changed) -> Result<CommandResult<Store>, CommandError> {
        match changed {
            Changed::Applied(store) | Changed::NoOp(store) => {
                let job = Job::of(&store);
                Ok(self.sent(*store, job).await)
            }
            Changed::Replayed(made) => self.replayed(&made).await,
        }
    }

    /// What the same request made before, as it is now. The job is sent once more: it may be that it was not the first
    /// time.
    pub(super) async fn replayed(&self, made: &Made) -> Result<CommandResult<Store>, CommandError> {
        // Nothing where the key is that of another kind of request, which its digest would have shown.
        let (id, uid) = made.store().ok_or(CommandError::KeyReused)?;
        let store = self.living(id, uid).await?;
        let job = Job::of(&store);
        Ok(CommandResult { is_replay: true, ..self.sent(store, job).await })
    }
}
