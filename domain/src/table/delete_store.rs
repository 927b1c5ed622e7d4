//! Asks for a store's deletion, which cancels whatever else goes on with it.

use aws_sdk_dynamodb::types::ReturnValue;
use uuid::Uuid;

use super::{Table, TableError, key::Key, refusal::Refusal, store_item, transitions::TransitionUpdate};
use crate::{slug::Slug, status::DeletionRequest, store::Store, sweep::PICKUP_GRACE, timestamp::Timestamp};

/// How often a deletion is tried against a store whose status changes at the same time. A status
/// changes twice in a provisioning, so a third loss is a sign of something else.
const TRIES: usize = 5;

/// Why a deletion could not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// There is no such store, or no longer.
    #[error("there is no store {0}")]
    NotFound(Slug),
    /// The store's status changed under each try.
    #[error("the status of store {0} keeps changing")]
    Contended(Slug),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Moves the store `id`, in its incarnation `uid`, to `Deleting` and returns it; a store that
    /// is being deleted already is returned as it is.
    ///
    /// # Errors
    /// [`DeleteError`].
    pub async fn request_deletion(&self, id: &Slug, uid: Uuid, now: Timestamp) -> Result<Store, DeleteError> {
        for _ in 0..TRIES {
            let store = self.store(id).await?.filter(|store| store.uid == uid);
            let store = store.ok_or_else(|| DeleteError::NotFound(id.clone()))?;
            let transition = match store.state.clone().request_deletion(now) {
                DeletionRequest::Starts(transition) => transition,
                DeletionRequest::GoesOn => return Ok(store),
                DeletionRequest::Gone => return Err(DeleteError::NotFound(id.clone())),
            };
            let update = TransitionUpdate::new(&transition, uid, now)?.due(now.plus(PICKUP_GRACE));
            let request = self
                .client
                .update_item()
                .table_name(&self.name)
                .set_key(Some(Key::store(id).into_item()))
                .update_expression(update.expression())
                .condition_expression(update.condition())
                .set_expression_attribute_names(Some(update.names))
                .set_expression_attribute_values(Some(update.values))
                .return_values(ReturnValue::AllNew);
            match self.update(request).await {
                Ok(answer) => return Ok(store_item::from_item(answer.attributes.unwrap_or_default())?),
                Err(Refusal::Condition(_)) => {}
                Err(Refusal::Table(error)) => return Err(error.into()),
            }
        }
        Err(DeleteError::Contended(id.clone()))
    }
}
