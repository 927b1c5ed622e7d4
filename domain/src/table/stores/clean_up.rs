//! Has a failed store cleaned up once more.

use crate::{
    provisioning::failure::Cleanup,
    store::{Store, state::State},
    table::{
        error::TableError,
        expression::{value::number, write::WriteError},
        handle::Table,
        schema::key::DUE_AT,
        stores::transitions::write_transition,
    },
    values::timestamp::Timestamp,
};

impl Table {
    /// Makes `store`, which failed and was cleaned up when it was read, one that is still to be cleaned
    /// up: it is due at `now`, so that the next sweep hands it to a runner. `false` when there is nothing
    /// to be done again, or it has moved on since.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn clean_up_again(&self, store: &Store, now: Timestamp) -> Result<bool, TableError> {
        let State::Failed(failed) = &store.state else { return Ok(false) };
        if failed.failure.cleanup != Cleanup::Done {
            return Ok(false);
        }
        let change = write_transition(&store.id, &failed.clone().clean_up_again(), now)?
            .of_incarnation(store.uid)
            .only_if("version", "=", number(store.version))
            .set("attempts", number(0))
            .set(DUE_AT, number(now.as_milliseconds()));
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(true),
            Err(WriteError::ConditionFailed(_)) => Ok(false),
            Err(WriteError::Table(error)) => Err(error),
        }
    }
}
