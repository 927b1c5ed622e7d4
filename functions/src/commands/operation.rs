//! Asks for an operation on a store.

use domain::{
    idempotency::Made,
    operation::{Operation, OperationKey, OperationRequest, PendingOperation},
    queue::job::Job,
    store::{Store, decision::StoreCommand},
    table::Changed,
};

use super::{CommandError, CommandRequest, CommandResult, Commands};

impl Commands<'_> {
    /// Asks for `operation` on `store`, as it was read.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn request_operation(
        &self,
        store: Store,
        operation: impl Into<OperationRequest>,
        request: &CommandRequest,
    ) -> Result<CommandResult<Operation>, CommandError> {
        let (now, principal) = (self.app.clock.now(), request.actor.principal.name.clone());
        let operation = PendingOperation::requested(operation.into(), principal, now);
        let command = StoreCommand::from(operation.clone());
        let changed = self.app.table.change_store(store, &command, request.at(now)).await?;
        match changed {
            Changed::Applied(store) | Changed::NoOp(store) => {
                tracing::info!(store = %store.id, uid = %store.uid, operation = %operation.id, work = %operation.request, "an operation was asked for");
                Ok(self.with_job(&store, operation.into()).await)
            }
            Changed::Replayed(made) => self.replayed_operation(&made).await,
        }
    }

    /// What the same request asked for before, as it is now. The job is sent once more: it may be that it was not the
    /// first time.
    async fn replayed_operation(&self, made: &Made) -> Result<CommandResult<Operation>, CommandError> {
        let (id, uid, operation) = match made {
            Made::Operation { id, uid, operation } => (id, *uid, *operation),
            // The key is that of another kind of request, which its digest would have shown.
            Made::Store { .. } | Made::Webhook { .. } => return Err(CommandError::KeyReused),
        };
        let store = self.living(id, uid).await?;
        let found = self.app.table.operation(id, uid, operation, self.app.clock.now()).await?;
        let sent = self.with_job(&store, found.ok_or(CommandError::Gone)?).await;
        Ok(CommandResult { is_replay: true, ..sent })
    }

    /// Sends what a runner is to do for `operation` on `store`, if there is anything left to do.
    async fn with_job(&self, store: &Store, operation: Operation) -> CommandResult<Operation> {
        let job = match &operation.request {
            OperationRequest::Exclusive(_) => Job::of(store),
            OperationRequest::ReadOnly(_) if operation.end.is_some() => None,
            OperationRequest::ReadOnly(request) => {
                let (store, uid) = (store.id.clone(), store.uid);
                let key = OperationKey { store, uid, operation: operation.id };
                Some(Job::ReadOnly { operation: key, kind: request.kind() })
            }
        };
        self.sent(operation, job).await
    }
}
