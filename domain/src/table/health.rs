//! The health of stores, each in an item beside its store.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactWriteItem};
use backon::{BackoffBuilder as _, Sleeper as _, TokioSleeper};
use uuid::Uuid;

use super::{
    Item, Table, TableError,
    change::Change,
    health_pass::PassError,
    key::{INDEX_BY_KIND, KIND, KIND_STORE, Key, PARTITION},
    text,
    transaction::{TransactionError, conflict_backoff},
};
use crate::{
    health::{HealthChange, HealthRecord, PassClaim},
    slug::Slug,
    status::Status,
};

/// How many stores' health one transaction writes: a check, the health and an event each, and the check of
/// the passes' lease, which every transaction meets. So they go one after the other, and are few. DynamoDB
/// takes a hundred items.
const WRITTEN_AT_ONCE: usize = 33;
/// How many items DynamoDB reads in one request.
const READ_AT_ONCE: usize = 100;

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// Its id.
    pub id: Slug,
    /// Its incarnation.
    pub uid: Uuid,
}

impl Table {
    /// All stores that are up. The index behind it is a moment late.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn ready_stores(&self) -> Result<Vec<Incarnation>, TableError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_BY_KIND)
            .key_condition_expression("#kind = :store")
            .filter_expression("#status = :ready")
            .projection_expression("#pk, #uid")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#uid", "uid")
            .expression_attribute_values(":store", text(KIND_STORE))
            .expression_attribute_values(":ready", text(Status::Ready))
            .into_paginator()
            .items()
            .send();
        let mut stores = Vec::new();
        while let Some(item) = pages.try_next().await? {
            stores.extend(incarnation(&item));
        }
        Ok(stores)
    }

    /// The health that was written last of incarnation `uid` of the store `id`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn health(&self, id: &Slug, uid: Uuid) -> Result<Option<HealthRecord>, TableError> {
        let item = self.read(Key::health(id, uid)).await?;
        Ok(item.map(serde_dynamo::from_item).transpose()?)
    }

    /// The same of many stores, by incarnation; those of which none was written are not in it.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn healths(&self, stores: &[Incarnation]) -> Result<HashMap<Uuid, HealthRecord>, TableError> {
        let mut records = HashMap::new();
        for part in stores.chunks(READ_AT_ONCE) {
            let keys = part.iter().map(|store| Key::health(&store.id, store.uid).into_item()).collect();
            for item in self.batch(keys).await? {
                let uid = Key::health_uid(&item).ok_or(TableError::HealthKey)?;
                records.insert(uid, serde_dynamo::from_item(item)?);
            }
        }
        Ok(records)
    }

    /// Those of the items with `keys` that are there.
    async fn batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, TableError> {
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()?;
        let mut wanted = Some(HashMap::from([(self.name.clone(), wanted)]));
        let mut pauses = conflict_backoff().build();
        let mut items = Vec::new();
        loop {
            let request = self.client.batch_get_item().set_request_items(wanted);
            let answer = request.send().await?;
            items.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            // What it had no capacity for just now.
            wanted = answer.unprocessed_keys.filter(|left| !left.is_empty());
            if wanted.is_none() {
                return Ok(items);
            }
            TokioSleeper.sleep(pauses.next().ok_or(TableError::Overloaded)?).await;
        }
    }

    /// Writes `changes` under the passes' lease, each with its event, and returns the incarnations of those
    /// that were left out because their store is not `Ready` any more: so what a pass has seen brings back
    /// nothing of a store that was deleted meanwhile.
    ///
    /// # Errors
    /// [`PassError`]; a part may be written then.
    pub async fn record_health(
        &self,
        claim: &PassClaim,
        changes: &[HealthChange],
    ) -> Result<Vec<Uuid>, PassError> {
        let mut moved_on = Vec::new();
        for part in changes.chunks(WRITTEN_AT_ONCE) {
            let mut left: Vec<_> = part.iter().collect();
            while !left.is_empty() {
                let refused = self.record_part(claim, &left).await?;
                if refused.is_empty() {
                    break;
                }
                moved_on.extend(refused.iter().map(|index| left[*index].uid));
                let kept = left.iter().enumerate().filter(|(index, _)| !refused.contains(index));
                left = kept.map(|(_, change)| *change).collect();
            }
        }
        Ok(moved_on)
    }

    /// Writes all of `changes`, or none: then it says which of them, by their index, stand in the way.
    async fn record_part(
        &self,
        claim: &PassClaim,
        changes: &[&HealthChange],
    ) -> Result<Vec<usize>, PassError> {
        // Whose each item is: the first is the check of the lease.
        let mut of = vec![None];
        let mut items = vec![self.under_pass(claim)?];
        for (index, change) in changes.iter().enumerate() {
            items.extend(self.record_one(change)?);
            of.resize(items.len(), Some(index));
        }
        match self.transact(items).await {
            Ok(()) => Ok(Vec::new()),
            Err(TransactionError::Conditions(failed)) => {
                let owners = failed.iter().map(|condition| of.get(condition.position).copied().flatten());
                owners.collect::<Option<Vec<_>>>().ok_or(PassError::Lost)
            }
            Err(TransactionError::Table(error)) => Err(error.into()),
        }
    }

    /// The parts of a transaction that write `change`.
    fn record_one(&self, change: &HealthChange) -> Result<Vec<TransactWriteItem>, TableError> {
        let HealthChange { id, uid, record, event } = change;
        let is_ready = Change::of(Key::store(id)).of_incarnation(*uid).in_status(Status::Ready);
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(Key::health(id, *uid).into_item());
        let mut items = vec![is_ready.check_in_transaction(self)?, self.put(item)?];
        items.extend(self.event_puts(id, *uid, event.as_slice(), None)?);
        Ok(items)
    }
}

/// The store whose key and incarnation `item` has. One that can't be read is told of and left out, so that it
/// does not stand in the way of all others.
fn incarnation(item: &Item) -> Option<Incarnation> {
    let uid = || item.get("uid")?.as_s().ok()?.parse().ok();
    let found = Key::store_id(item).and_then(|id| Some(Incarnation { id, uid: uid()? }));
    if found.is_none() {
        tracing::error!(key = ?item.get(PARTITION), "a store was left out: its record can't be read");
    }
    found
}
