//! Finds the stores that someone must look at again.

use super::{
    Table, TableError,
    change::Change,
    key::{DUE_AT, INDEX_DUE, KIND, KIND_STORE, Key},
    number,
    refusal::Refusal,
    store_item, text,
};
use crate::{store::Store, timestamp::Timestamp};

impl Table {
    /// The stores that are overdue at `now`, longest overdue first. The index behind it holds only
    /// stores that are not at rest.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<Store>, TableError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_DUE)
            .key_condition_expression("#kind = :store AND #due <= :now")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_values(":store", text(KIND_STORE))
            .expression_attribute_values(":now", number(now.as_milliseconds()))
            .into_paginator()
            .items()
            .send();
        let mut stores = Vec::new();
        while let Some(item) = pages.try_next().await? {
            stores.extend(store_item::readable(item));
        }
        Ok(stores)
    }

    /// Moves on to `due` when `store` must be looked at again; `false` when somebody else did so, or
    /// took it up, since it was read. Should the answer be lost and the SDK send the request again, the
    /// refusal shows that the store is due when this very one wanted.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone(&self, store: &Store, due: Timestamp) -> Result<bool, TableError> {
        let Some(read) = store.due else { return Ok(false) };
        let change = Change::of(Key::store(&store.id))
            .of_incarnation(store.uid)
            .only_if(DUE_AT, "=", number(read.as_milliseconds()))
            .set(DUE_AT, number(due.as_milliseconds()));
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(true),
            Err(Refusal::Condition(None)) => Ok(false),
            Err(Refusal::Condition(Some(item))) => {
                let found = store_item::from_item(item)?;
                Ok(found.uid == store.uid && found.due == Some(due))
            }
            Err(Refusal::Table(error)) => Err(error),
        }
    }
}
