//! Finds what someone must look at again.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use uuid::Uuid;

use crate::{
    store::Store,
    table::{
        error::TableError,
        expression::{
            change::Change,
            value::{number, text},
            write::WriteError,
        },
        handle::{Item, Table},
        schema::key::{DUE_AT, INDEX_DUE, KIND, KIND_STORE, Key},
        stores::store_item,
    },
    values::timestamp::Timestamp,
};

/// The attribute with the id of the last look that found a store overdue.
const LOOK: &str = "look";

impl Table {
    /// The stores that are overdue at `now`, longest overdue first. The index behind it holds only
    /// stores that are not at rest.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<Store>, TableError> {
        let mut pages = self.due(KIND_STORE, now).into_paginator().items().send();
        let mut stores = Vec::new();
        while let Some(item) = pages.try_next().await? {
            stores.extend(store_item::readable(item));
        }
        Ok(stores)
    }

    /// Moves on to `due` when `store` must be looked at again; `false` when somebody else did so, or
    /// took it up, since it was read. Each look has an id of its own: should the answer be lost and the
    /// SDK send the request again, the refusal then shows that it was this very one which succeeded.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone(&self, store: &Store, due: Timestamp) -> Result<bool, TableError> {
        let Some(read) = store.due else { return Ok(false) };
        let change = Change::of(Key::store(&store.id)).of_incarnation(store.uid);
        self.postponed(change, read, due).await
    }

    /// What is of the kind `kind` and overdue at `now`, longest overdue first.
    pub(in crate::table) fn due(&self, kind: &str, now: Timestamp) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_DUE)
            .key_condition_expression("#kind = :kind AND #due <= :now")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_values(":kind", text(kind))
            .expression_attribute_values(":now", number(now.as_milliseconds()))
    }

    /// Moves what `change` is of from `read` on to `due`, if it still is due when it was read to be.
    pub(in crate::table) async fn postponed(
        &self,
        change: Change,
        read: Timestamp,
        due: Timestamp,
    ) -> Result<bool, TableError> {
        let look = text(Uuid::new_v4());
        let change = change
            .only_if(DUE_AT, "=", number(read.as_milliseconds()))
            .set(DUE_AT, number(due.as_milliseconds()))
            .set(LOOK, look.clone());
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(true),
            Err(WriteError::ConditionFailed(found)) => {
                Ok(found.is_some_and(|item| item.get(LOOK) == Some(&look)))
            }
            Err(WriteError::Table(error)) => Err(error),
        }
    }
}

/// When somebody must look at `item` again.
pub(in crate::table) fn of(item: &Item) -> Option<Timestamp> {
    Timestamp::from_milliseconds(item.get(DUE_AT)?.as_n().ok()?.parse().ok()?)
}
