//! The health of stores, each in an item beside its store.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactWriteItem};
use backon::{BackoffBuilder as _, Sleeper as _, TokioSleeper};
use uuid::Uuid;

use crate::{
    attention::Cause,
    health::{HealthChange, HealthRecord},
    lease::HealthSweepClaim,
    store::{slug::Slug, status::Status},
    table::{
        error::TableError,
        expression::{
            change::Change,
            transaction::{TransactionError, conflict_backoff},
            value::text,
        },
        handle::{Item, Table},
        health::sweep::HealthSweepError,
        schema::key::{HEALTH, Key, OWNER, PARTITION, POWER},
        webhooks::outbox::OutboxEntry,
    },
    values::timestamp::Timestamp,
    webhook::occurrence::Occurrence,
};

/// How many stores' health one transaction writes: the store, the health, an event and what needs somebody of each,
/// two items where somebody is notified, and the check of the sweeps' lease, which every transaction meets. So they go
/// one after the other, and are few. DynamoDB takes a hundred items.
const WRITTEN_AT_ONCE: usize = 16;
/// How many items DynamoDB reads in one request.
const READ_AT_ONCE: usize = 100;

/// The changes that were not written.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// The incarnations of those whose store is not `Ready` any more, or does not run: so what a sweep has seen brings back
    /// nothing of a store that was deleted meanwhile.
    pub moved_on: Vec<Uuid>,
    /// The incarnations of those that the table refused, and why.
    pub refused: Vec<(Uuid, TableError)>,
}

impl LeftOut {
    /// Whether all were written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moved_on.is_empty() && self.refused.is_empty()
    }
}

/// What a transaction with some of the changes comes to.
enum Recorded {
    All,
    /// Nothing is written: these stand in the way, by their index.
    AllBut(Vec<usize>),
    /// Nothing is written: one of them can't be, or all together.
    Refused(TableError),
}

/// Which store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incarnation {
    /// Its id.
    pub id: Slug,
    /// Its incarnation.
    pub uid: Uuid,
    /// Whom it belongs to.
    pub owner: String,
    /// Whether it is to have a way in.
    pub wants_way_in: bool,
}

impl Table {
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
                match serde_dynamo::from_item(item) {
                    Ok(record) => drop(records.insert(uid, record)),
                    // It is written anew then.
                    Err(error) => tracing::error!(%uid, %error, "the health of a store can't be read"),
                }
            }
        }
        Ok(records)
    }

    /// Those of the items with `keys` that are there.
    pub(in crate::table) async fn batch(&self, keys: Vec<Item>) -> Result<Vec<Item>, TableError> {
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

    /// Writes `changes` under the sweeps' lease, each with its event, and returns those that were left out.
    /// One that the table refuses is left out alone: what is wrong with one store holds up no other.
    ///
    /// # Errors
    /// [`HealthSweepError`]; a part may be written then.
    pub async fn record_health(
        &self,
        claim: &HealthSweepClaim,
        changes: &[HealthChange],
    ) -> Result<LeftOut, HealthSweepError> {
        let mut left_out = LeftOut::default();
        // The last of these is the next.
        let mut parts: Vec<Vec<_>> =
            changes.chunks(WRITTEN_AT_ONCE).rev().map(|part| part.iter().collect()).collect();
        while let Some(mut part) = parts.pop() {
            match self.record_part(claim, &part).await? {
                Recorded::All => {}
                Recorded::AllBut(moved_on) => {
                    left_out.moved_on.extend(moved_on.iter().map(|index| part[*index].uid));
                    let kept = part.iter().enumerate().filter(|(index, _)| !moved_on.contains(index));
                    parts.push(kept.map(|(_, change)| *change).collect());
                }
                // It does not say which of them it refuses: the half that it is in comes down to that one.
                Recorded::Refused(error) => match part.as_slice() {
                    [] => return Err(error.into()),
                    [one] => left_out.refused.push((one.uid, error)),
                    [..] => {
                        let second = part.split_off(part.len() / 2);
                        parts.extend([second, part]);
                    }
                },
            }
        }
        Ok(left_out)
    }

    /// Writes all of `changes`, or none: then it says which of them, by their index, stand in the way, or why
    /// the table refuses them.
    async fn record_part(
        &self,
        claim: &HealthSweepClaim,
        changes: &[&HealthChange],
    ) -> Result<Recorded, HealthSweepError> {
        if changes.is_empty() {
            return Ok(Recorded::All);
        }
        // Whose each item is: the first is the check of the lease.
        let mut of = vec![None];
        let mut items = vec![self.under_health_sweep(claim)?];
        for (index, change) in changes.iter().enumerate() {
            match self.record_one(change) {
                Ok(parts) => items.extend(parts),
                Err(error) => return Ok(Recorded::Refused(error)),
            }
            of.resize(items.len(), Some(index));
        }
        let differ = changes.iter().filter(|change| change.from != change.record.health.assessment);
        let entries: Vec<_> = differ.map(|change| outbox_entry(change)).collect();
        let now = Timestamp::now();
        match self.transact_with_outbox(items, &entries, now).await {
            Ok(()) => Ok(Recorded::All),
            Err(TransactionError::Conditions(failed)) => {
                let owners = failed.iter().map(|condition| of.get(condition.position).copied().flatten());
                owners.collect::<Option<Vec<_>>>().map(Recorded::AllBut).ok_or(HealthSweepError::Lost)
            }
            Err(TransactionError::Table(error)) if error.is_about_what_was_written() => {
                Ok(Recorded::Refused(error))
            }
            Err(TransactionError::Table(error)) => Err(error.into()),
        }
    }

    /// The parts of a transaction that write `change`.
    fn record_one(&self, change: &HealthChange) -> Result<Vec<TransactWriteItem>, TableError> {
        let HealthChange { id, uid, owner: _, from: _, record, event } = change;
        let runs =
            Change::of(Key::store(id)).of_incarnation(*uid).in_status(Status::Ready).only_if_missing(POWER);
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(Key::health(id, *uid).into_item());
        let store = match Cause::of(record.health.assessment) {
            // It costs what the check would, and where it is there already, no index is written.
            Some(_) => runs.set(HEALTH, text(record.health.assessment)).in_transaction(self)?,
            None if event.is_some() => runs.remove(HEALTH).in_transaction(self)?,
            None => runs.check_in_transaction(self)?,
        };
        let mut items = vec![store, self.put(item)?];
        items.extend(self.attention_of_health(change)?);
        items.extend(self.event_puts(id, *uid, event.as_slice(), None)?);
        Ok(items)
    }
}

/// The notices of a change.
fn outbox_entry(HealthChange { id, uid, owner, from, record, .. }: &HealthChange) -> OutboxEntry<'_> {
    let occurrence = Occurrence::StoreHealthChanged { from: *from, to: record.health.assessment };
    OutboxEntry { id, uid: *uid, owner, occurrences: vec![occurrence] }
}

/// The store whose key and incarnation `item` has, and whether it wants a way in. One that can't be read is logged and left out, so that it
/// does not stand in the way of all others.
pub(in crate::table) fn incarnation(item: &Item, wants_way_in: bool) -> Option<Incarnation> {
    let uid = || item.get("uid")?.as_s().ok()?.parse().ok();
    let owner = || item.get(OWNER)?.as_s().ok().cloned();
    let found = Key::store_id(item)
        .and_then(|id| Some(Incarnation { id, uid: uid()?, owner: owner()?, wants_way_in }));
    if found.is_none() {
        tracing::error!(key = ?item.get(PARTITION), "a store was left out: its record can't be read");
    }
    found
}
