//! What is left of the log of a component that failed a store: beside the record, which is written often, and
//! copied into every index with each write.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    operation::logs::LogExcerpt,
    store::{Store, slug::Slug, state::State, transition::Transition},
    table::{
        error::TableError,
        handle::{Item, Table},
        schema::key::Key,
    },
    values::timestamp::Timestamp,
};

/// The attributes of the item beside its key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailureLogItem {
    /// Of which failure: a store that is tried again may fail again, and leave no log.
    failed: Timestamp,
    log: LogExcerpt,
}

impl Table {
    /// The end of the failing component's log, if `store` has failed and it could be read.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn failure_log(&self, store: &Store) -> Result<Option<LogExcerpt>, TableError> {
        let State::Failed(failed) = &store.state else { return Ok(None) };
        let Some(item) = self.read(Key::failure_log(&store.id, store.uid)).await? else { return Ok(None) };
        let FailureLogItem { failed: at, log } = serde_dynamo::from_item(item)?;
        Ok((at == failed.failure.at).then_some(log))
    }

    /// The part of a transaction with `transition` that keeps the log of what failed, if that has one: another
    /// part must be the transition itself.
    pub(in crate::table) fn failure_log_put(
        &self,
        id: &Slug,
        uid: Uuid,
        transition: &Transition,
    ) -> Result<Option<TransactWriteItem>, TableError> {
        let Some((failure, log)) = transition.failure_log() else { return Ok(None) };
        let item = FailureLogItem { failed: failure.at, log: log.clone() };
        let mut item: Item = serde_dynamo::to_item(item)?;
        item.extend(Key::failure_log(id, uid).into_item());
        self.put(item).map(Some)
    }
}
