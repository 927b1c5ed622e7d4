//! Read-only operations as items of the table: operations that are due, and held by a runner, on their own; and the
//! answers to them, each an item that is kept for a short time.

use std::time::Duration;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    lease::{Claim, Lease, OperationClaim},
    operation::{
        Answer, AnyPendingOperation, End, Operation, OperationFailure, OperationKey, OperationResult,
        Outcome, PendingOperation, ReadOnlyKind, ReadOnlyRequest,
    },
    provisioning::event::Event,
    store::{slug::Slug, status::Status},
    table::{
        error::TableError,
        expression::{
            change::Change,
            expiry::has_expired,
            transaction::TransactionError,
            value::{number, text},
            write::WriteError,
        },
        handle::{Item, Table},
        operations::records,
        schema::key::{DUE_AT, EXPIRES_AT, KIND, KIND_READ_ONLY, Key},
        stores::{due, fence::Fenced, leases::LeaseError, transitions::CommitError},
        webhooks::outbox::OutboxEntry,
    },
    values::timestamp::Timestamp,
    webhook::occurrence::Occurrence,
};

/// What a read-only operation's item has beside what every operation's has.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeaseAttributes {
    kind: String,
    due_at: i64,
    lease: Lease,
    attempts: u32,
}

/// The attribute that an answer's item has it in.
const ANSWER: &str = "answer";
/// The attribute that an operation's item has its end in.
const ENDED: &str = "ended";

/// A read-only operation that was claimed: what it is about, and the proof.
#[derive(Debug)]
pub struct ClaimedOperation {
    /// What was asked for.
    pub operation: PendingOperation<ReadOnlyRequest>,
    /// How often it was claimed, this time included.
    pub attempts: u32,
    /// What the runner's writes are fenced with.
    pub claim: OperationClaim,
}

/// A read-only operation that somebody must look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueOperation {
    /// Which.
    pub key: OperationKey,
    /// Its kind; `None` where it has ended, and its answer is to be forgotten.
    pub kind: Option<ReadOnlyKind>,
    /// Since when.
    due: Timestamp,
}

impl Table {
    /// The part of a transaction that keeps `operation`, which is due at `due`.
    pub(in crate::table) fn read_only_put(
        &self,
        id: &Slug,
        uid: Uuid,
        operation: &PendingOperation<ReadOnlyRequest>,
        due: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let mut item = records::to_item(id, uid, &operation.clone().into())?;
        let attributes: Item = serde_dynamo::to_item(LeaseAttributes {
            kind: KIND_READ_ONLY.into(),
            due_at: due.as_milliseconds(),
            lease: Lease::default(),
            attempts: 0,
        })?;
        item.extend(attributes);
        self.put(item)
    }

    /// Claims the operation `key` for `holder` and for `time` from `now`, if it has not ended and nobody
    /// is at it.
    ///
    /// # Errors
    /// [`LeaseError`]; `Changed` where there is nothing to do for it any more.
    pub async fn claim_operation(
        &self,
        key: &OperationKey,
        holder: &str,
        now: Timestamp,
        time: Duration,
    ) -> Result<ClaimedOperation, LeaseError> {
        let Some((operation, read)) = self.open_operation(key).await? else {
            return Err(LeaseError::Changed);
        };
        if read.lease.is_held(now) {
            return Err(LeaseError::of(read.lease, now));
        }
        let holder = Lease::name_of_an_acquisition(holder);
        let (operation, epoch, until) = (operation.begun(now), read.lease.epoch + 1, now.plus(time));
        let running = Operation::from(operation.clone()).status();
        let change = Change::of(Key::read_only(key))
            .only_if_missing(ENDED)
            .only_if("lease.epoch", "=", number(read.lease.epoch))
            .set("status", text(running))
            .set("started", text(operation.started.unwrap_or(now)))
            .acquiring(&holder, now, until)
            .raise("attempts", 1)
            .set(DUE_AT, number(until.as_milliseconds()));
        let taken = ClaimedOperation {
            operation,
            attempts: read.attempts + 1,
            claim: Claim { subject: key.clone(), epoch },
        };
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(taken),
            Err(WriteError::Table(error)) => Err(error.into()),
            Err(WriteError::ConditionFailed(item)) => match item.map(opened).transpose()?.flatten() {
                Some((_, found)) if found.lease.holder.as_ref() == Some(&holder) => Ok(taken),
                Some((_, found)) => Err(LeaseError::of(found.lease, now)),
                None => Err(LeaseError::Changed),
            },
        }
    }

    /// Releases a claimed operation, so that another runner can take it up at once.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to release.
    pub async fn release_operation(&self, claim: &OperationClaim, now: Timestamp) -> Result<(), CommitError> {
        let change = released(claim).set(DUE_AT, number(now.as_milliseconds()));
        self.write_operation(change).await
    }

    /// Writes what came of a claimed operation, `operation`, at `now`: the answer is kept as long as answers of
    /// its kind are. Of a store that is being deleted, or is gone, no more is given.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub async fn end_operation(
        &self,
        claim: &OperationClaim,
        operation: PendingOperation<ReadOnlyRequest>,
        answer: Result<Answer, OperationFailure>,
        now: Timestamp,
    ) -> Result<Operation, CommitError> {
        const OPERATION: usize = 0;
        let OperationKey { store, uid, .. } = &claim.subject;
        let until = now.plus(operation.request.kind().answer_kept());
        let mut items = Vec::new();
        let outcome = match answer {
            Ok(answer) => {
                items.push(self.answer_put(&claim.subject, &answer, until)?);
                Outcome::Succeeded(OperationResult::Answered { until })
            }
            Err(failure) => Outcome::Failed(failure),
        };
        let ended = operation.clone().ended(End { at: now, outcome });
        items.insert(OPERATION, end(claim, &ended)?.in_transaction(self).map_err(TableError::from)?);
        let lives = Change::of(Key::store(store))
            .of_incarnation(*uid)
            .only_if("status", "<>", text(Status::Deleting))
            .only_if("status", "<>", text(Status::Deleted));
        items.push(lives.check_in_transaction(self).map_err(TableError::from)?);
        let events = Event::operation_ended(&ended);
        items.extend(self.event_puts(store, *uid, events.as_slice(), None)?);
        let found = self.store(store).await?.filter(|found| found.uid == *uid);
        let entries = |ended: &Operation| {
            let occurrences = Occurrence::of_operation(ended).into_iter().collect();
            let entry = found.as_ref().map(|found| OutboxEntry {
                id: store,
                uid: *uid,
                owner: &found.owner,
                occurrences,
            });
            Vec::from_iter(entry)
        };
        match self.transact_with_outbox(items, &entries(&ended), now).await {
            Ok(()) => Ok(ended),
            Err(TransactionError::Table(error)) => Err(error.into()),
            Err(TransactionError::Conditions(failed))
                if failed.iter().any(|condition| condition.position == OPERATION) =>
            {
                Err(Fenced::LeaseLost.into())
            }
            Err(TransactionError::Conditions(_)) => {
                let cut_off = operation.ended(End { at: now, outcome: Outcome::cut_off() });
                let end = end(claim, &cut_off)?.in_transaction(self).map_err(TableError::from)?;
                match self.transact_with_outbox(vec![end], &entries(&cut_off), now).await {
                    Ok(()) => Ok(cut_off),
                    Err(TransactionError::Conditions(_)) => Err(Fenced::LeaseLost.into()),
                    Err(TransactionError::Table(error)) => Err(error.into()),
                }
            }
        }
    }

    /// The answer to the operation `key`, unless it has expired at `now` or was never given.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn answer(&self, key: &OperationKey, now: Timestamp) -> Result<Option<Answer>, TableError> {
        let item = self.read(Key::answer(key)).await?.filter(|item| !has_expired(item, now));
        let answer = item.and_then(|mut item| item.remove(ANSWER));
        Ok(answer.map(serde_dynamo::from_attribute_value).transpose()?)
    }

    /// The read-only operations that are overdue at `now`, longest overdue first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue_operations(&self, now: Timestamp) -> Result<Vec<OverdueOperation>, TableError> {
        let mut pages = self.due(KIND_READ_ONLY, now).into_paginator().items().send();
        let mut overdue = Vec::new();
        while let Some(item) = pages.try_next().await? {
            match overdue_operation(item) {
                Ok(operation) => overdue.push(operation),
                Err(error) => tracing::error!(%error, "a read-only operation is left out"),
            }
        }
        Ok(overdue)
    }

    /// Moves on to `due` when `operation` must be looked at again; `false` when somebody else did so, or took
    /// it up, since it was read.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone_operation(
        &self,
        operation: &OverdueOperation,
        due: Timestamp,
    ) -> Result<bool, TableError> {
        let change = Change::of(Key::read_only(&operation.key));
        self.postponed(change, operation.due, due).await
    }

    /// Removes the answer to `operation`, which was kept long enough. Whoever is interrupted in it, or comes
    /// second, finds nothing left to do.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn forget_answer(&self, operation: &OverdueOperation) -> Result<(), TableError> {
        let key = Key::answer(&operation.key).into_item();
        self.client.delete_item().table_name(&self.name).set_key(Some(key)).send().await?;
        let change = Change::of(Key::read_only(&operation.key))
            .only_if(KIND, "=", text(KIND_READ_ONLY))
            .only_if_there(ENDED)
            .remove(DUE_AT)
            .remove(KIND);
        match self.update(change.alone(self)).await {
            // It has expired with its store.
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// The operation `key` and its lease, unless there is none or it has ended.
    async fn open_operation(
        &self,
        key: &OperationKey,
    ) -> Result<Option<(PendingOperation<ReadOnlyRequest>, LeaseAttributes)>, TableError> {
        Ok(self.read(Key::read_only(key)).await?.map(opened).transpose()?.flatten())
    }

    fn answer_put(
        &self,
        key: &OperationKey,
        answer: &Answer,
        until: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let mut item = Key::answer(key).into_item();
        item.insert(ANSWER.into(), serde_dynamo::to_attribute_value(answer)?);
        item.insert(EXPIRES_AT.into(), number(until.as_seconds()));
        self.put(item)
    }

    async fn write_operation(&self, change: Change) -> Result<(), CommitError> {
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(()),
            Err(WriteError::ConditionFailed(_)) => Err(Fenced::LeaseLost.into()),
            Err(WriteError::Table(error)) => Err(error.into()),
        }
    }
}

/// The operation of this item and its lease; `None` when it has ended, or is an exclusive one.
fn opened(item: Item) -> Result<Option<(PendingOperation<ReadOnlyRequest>, LeaseAttributes)>, TableError> {
    let Some(operation) = records::from_item(item.clone())?.pending() else { return Ok(None) };
    match operation.into() {
        AnyPendingOperation::ReadOnly(operation) => Ok(Some((operation, serde_dynamo::from_item(item)?))),
        AnyPendingOperation::Exclusive(_) => Ok(None),
    }
}

fn overdue_operation(item: Item) -> Result<OverdueOperation, TableError> {
    let key = Key::operation_key(&item).ok_or(TableError::OperationKey)?;
    let due = due::of(&item).ok_or(TableError::OperationKey)?;
    let kind = opened(item)?.map(|(operation, _)| operation.request.kind());
    Ok(OverdueOperation { key, kind, due })
}

/// What ending a claimed operation as `ended` changes of its item.
fn end(claim: &OperationClaim, ended: &Operation) -> Result<Change, TableError> {
    let OperationKey { store, uid, .. } = &claim.subject;
    let mut change = released(claim);
    let mut item = records::to_item(store, *uid, ended)?;
    for name in ["status", ENDED, "result", "failure"] {
        if let Some(value) = item.remove(name) {
            change = change.set(name, value);
        }
    }
    Ok(match ended.answered_until() {
        Some(until) => change.set(DUE_AT, number(until.as_milliseconds())),
        None => change.remove(DUE_AT).remove(KIND),
    })
}

/// What every way of releasing a claimed operation has in common.
fn released(claim: &OperationClaim) -> Change {
    Change::of(Key::read_only(&claim.subject)).only_if_missing(ENDED).under_claim(claim).releasing()
}
