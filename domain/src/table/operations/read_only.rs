//! Inquiries as items of the table: operations that are due, and held by a runner, on their own; and the
//! answers to them, each an item that is kept for a short time.

use std::time::Duration;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    lease::Lease,
    operation::{
        Answer, Asked, End, Inquiry, InquiryKey, Obstacle, Operation, OperationFailure, OperationResult,
        Outcome, PendingOperation,
    },
    provisioning::event::Event,
    store::{Store, slug::Slug, status::Status, task::Task},
    table::{
        changes::{
            request::{ChangeError, ChangeRequest, Changed, Decision},
            store_change::StoreChange,
        },
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
        schema::key::{DUE_AT, EXPIRES_AT, KIND, KIND_INQUIRY, Key},
        stores::{due, fence::Fenced, leases::TakeError, transitions::CommitError},
    },
    values::timestamp::Timestamp,
};

/// What an inquiry's item has beside what every operation's has.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InquiryAttributes {
    kind: String,
    due_at: i64,
    lease: Lease,
    attempts: u32,
}

/// The attribute that an answer's item has it in.
const ANSWER: &str = "answer";
/// The attribute that an operation's item has its end in.
const ENDED: &str = "ended";

/// An inquiry that was taken up: what it is about, and the proof.
#[derive(Debug)]
pub struct TakenInquiry {
    /// What was asked for.
    pub order: PendingOperation<Inquiry>,
    /// How often it was taken up, this time included.
    pub attempts: u32,
    /// What the runner's writes are fenced with.
    pub claim: InquiryClaim,
}

/// The proof that a runner took an inquiry up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InquiryClaim {
    key: InquiryKey,
    epoch: u64,
}

/// An inquiry that somebody must look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueInquiry {
    /// Which.
    pub key: InquiryKey,
    /// What it takes; `None` where it has ended, and its answer is to be forgotten.
    pub task: Option<Task>,
    /// Since when.
    due: Timestamp,
}

impl Table {
    /// Asks for `order` on `store`, as it was read.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn inquire(
        &self,
        store: Store,
        order: &PendingOperation<Inquiry>,
        wish: ChangeRequest<'_>,
    ) -> Result<Changed, ChangeError> {
        let action = order.work.audited_as();
        self.change_audited(store, action, wish, |store| match order.work.obstacle(&store.state) {
            None => Decision::Do(StoreChange::Ask(order.clone()), vec![Event::operation_requested(order)]),
            Some(Obstacle::Takes(statuses)) => Decision::NotPossible(statuses),
            Some(Obstacle::Busy(order)) => Decision::Busy(order),
            Some(Obstacle::Gone) => Decision::NotFound,
        })
        .await
    }

    /// The part of a transaction that keeps `order`, which is due at `due`.
    pub(in crate::table) fn inquiry_put(
        &self,
        id: &Slug,
        uid: Uuid,
        order: &PendingOperation<Inquiry>,
        due: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let mut item = records::to_item(id, uid, &order.clone().into())?;
        let attributes: Item = serde_dynamo::to_item(InquiryAttributes {
            kind: KIND_INQUIRY.into(),
            due_at: due.as_milliseconds(),
            lease: Lease::default(),
            attempts: 0,
        })?;
        item.extend(attributes);
        self.put(item)
    }

    /// Takes the inquiry `key` up for `holder` and for `time` from `now`, if it has not ended and nobody
    /// is at it.
    ///
    /// # Errors
    /// [`TakeError`]; `Changed` where there is nothing to do for it any more.
    pub async fn take_inquiry(
        &self,
        key: &InquiryKey,
        holder: &str,
        now: Timestamp,
        time: Duration,
    ) -> Result<TakenInquiry, TakeError> {
        let Some((order, read)) = self.open_inquiry(key).await? else { return Err(TakeError::Changed) };
        if read.lease.is_held(now) {
            return Err(TakeError::of(read.lease, now));
        }
        let holder = Lease::name_of_a_taking(holder);
        let (order, epoch, until) = (order.begun(now), read.lease.epoch + 1, now.plus(time));
        let running = Operation::from(order.clone()).status();
        let change = Change::of(Key::inquiry(key))
            .only_if_missing(ENDED)
            .only_if("lease.epoch", "=", number(read.lease.epoch))
            .set("status", text(running))
            .set("started", text(order.started.unwrap_or(now)))
            .set("lease.epoch", number(epoch))
            .set("lease.holder", text(&holder))
            .set("lease.until", number(until.as_milliseconds()))
            .raise("attempts", 1)
            .set(DUE_AT, number(until.as_milliseconds()));
        let taken = TakenInquiry {
            order,
            attempts: read.attempts + 1,
            claim: InquiryClaim { key: key.clone(), epoch },
        };
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(taken),
            Err(WriteError::Table(error)) => Err(error.into()),
            Err(WriteError::ConditionFailed(item)) => match item.map(opened).transpose()?.flatten() {
                Some((_, found)) if found.lease.holder.as_ref() == Some(&holder) => Ok(taken),
                Some((_, found)) => Err(TakeError::of(found.lease, now)),
                None => Err(TakeError::Changed),
            },
        }
    }

    /// Gives a claimed inquiry back, so that another runner can take it up at once.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to give back.
    pub async fn release_inquiry(&self, claim: &InquiryClaim, now: Timestamp) -> Result<(), CommitError> {
        let change = given_back(claim).set(DUE_AT, number(now.as_milliseconds()));
        self.write_inquiry(change).await
    }

    /// Writes what came of a claimed inquiry, `order`, at `now`: the answer is kept as long as answers of
    /// its kind are. Of a store that is being deleted, or is gone, nothing more is told.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub async fn end_inquiry(
        &self,
        claim: &InquiryClaim,
        order: PendingOperation<Inquiry>,
        told: Result<Answer, OperationFailure>,
        now: Timestamp,
    ) -> Result<Operation, CommitError> {
        const INQUIRY: usize = 0;
        let InquiryKey { store, uid, .. } = &claim.key;
        let until = now.plus(order.work.kept());
        let mut items = Vec::new();
        let outcome = match told {
            Ok(answer) => {
                items.push(self.answer_put(&claim.key, &answer, until)?);
                Outcome::Succeeded(OperationResult::Answered { until })
            }
            Err(failure) => Outcome::Failed(failure),
        };
        let ended = order.clone().ended(End { at: now, outcome });
        items.insert(INQUIRY, end(claim, &ended)?.in_transaction(self).map_err(TableError::from)?);
        let lives = Change::of(Key::store(store))
            .of_incarnation(*uid)
            .only_if("status", "<>", text(Status::Deleting))
            .only_if("status", "<>", text(Status::Deleted));
        items.push(lives.check_in_transaction(self).map_err(TableError::from)?);
        let events = Event::operation_ended(&ended);
        items.extend(self.event_puts(store, *uid, events.as_slice(), None)?);
        match self.transact(items).await {
            Ok(()) => Ok(ended),
            Err(TransactionError::Table(error)) => Err(error.into()),
            Err(TransactionError::Conditions(failed))
                if failed.iter().any(|condition| condition.position == INQUIRY) =>
            {
                Err(Fenced::LeaseLost.into())
            }
            Err(TransactionError::Conditions(_)) => {
                let cut_off = order.ended(End { at: now, outcome: Outcome::cut_off() });
                self.write_inquiry(end(claim, &cut_off)?).await?;
                Ok(cut_off)
            }
        }
    }

    /// The answer to the inquiry `key`, unless it has expired at `now` or was never given.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn answer(&self, key: &InquiryKey, now: Timestamp) -> Result<Option<Answer>, TableError> {
        let item = self.read(Key::answer(key)).await?.filter(|item| !has_expired(item, now));
        let answer = item.and_then(|mut item| item.remove(ANSWER));
        Ok(answer.map(serde_dynamo::from_attribute_value).transpose()?)
    }

    /// The inquiries that are overdue at `now`, longest overdue first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue_inquiries(&self, now: Timestamp) -> Result<Vec<OverdueInquiry>, TableError> {
        let mut pages = self.due(KIND_INQUIRY, now).into_paginator().items().send();
        let mut overdue = Vec::new();
        while let Some(item) = pages.try_next().await? {
            match overdue_inquiry(item) {
                Ok(inquiry) => overdue.push(inquiry),
                Err(error) => tracing::error!(%error, "an inquiry is left out"),
            }
        }
        Ok(overdue)
    }

    /// Moves on to `due` when `inquiry` must be looked at again; `false` when somebody else did so, or took
    /// it up, since it was read.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone_inquiry(
        &self,
        inquiry: &OverdueInquiry,
        due: Timestamp,
    ) -> Result<bool, TableError> {
        let change = Change::of(Key::inquiry(&inquiry.key));
        self.postponed(change, inquiry.due, due).await
    }

    /// Removes the answer to `inquiry`, which was kept long enough. Whoever is interrupted in it, or comes
    /// second, finds nothing left to do.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn forget_answer(&self, inquiry: &OverdueInquiry) -> Result<(), TableError> {
        let key = Key::answer(&inquiry.key).into_item();
        self.client.delete_item().table_name(&self.name).set_key(Some(key)).send().await?;
        let change = Change::of(Key::inquiry(&inquiry.key))
            .only_if(KIND, "=", text(KIND_INQUIRY))
            .only_if_there(ENDED)
            .remove(DUE_AT)
            .remove(KIND);
        match self.update(change.alone(self)).await {
            // It has expired with its store.
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// The inquiry `key` and how it is held, unless there is none or it has ended.
    async fn open_inquiry(
        &self,
        key: &InquiryKey,
    ) -> Result<Option<(PendingOperation<Inquiry>, InquiryAttributes)>, TableError> {
        Ok(self.read(Key::inquiry(key)).await?.map(opened).transpose()?.flatten())
    }

    fn answer_put(
        &self,
        key: &InquiryKey,
        answer: &Answer,
        until: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let mut item = Key::answer(key).into_item();
        item.insert(ANSWER.into(), serde_dynamo::to_attribute_value(answer)?);
        item.insert(EXPIRES_AT.into(), number(until.as_seconds()));
        self.put(item)
    }

    async fn write_inquiry(&self, change: Change) -> Result<(), CommitError> {
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(()),
            Err(WriteError::ConditionFailed(_)) => Err(Fenced::LeaseLost.into()),
            Err(WriteError::Table(error)) => Err(error.into()),
        }
    }
}

/// The inquiry of this item and how it is held; `None` when it has ended, or is no inquiry.
fn opened(item: Item) -> Result<Option<(PendingOperation<Inquiry>, InquiryAttributes)>, TableError> {
    let Operation { order, end: None } = records::from_item(item.clone())? else { return Ok(None) };
    let Some(order) = order.inquiry() else { return Ok(None) };
    Ok(Some((order, serde_dynamo::from_item(item)?)))
}

fn overdue_inquiry(item: Item) -> Result<OverdueInquiry, TableError> {
    let key = Key::inquiry_key(&item).ok_or(TableError::OperationKey)?;
    let due = due::of(&item).ok_or(TableError::OperationKey)?;
    let task = match records::from_item(item)? {
        Operation { order: PendingOperation { work: Asked::Inquiry(inquiry), .. }, end: None } => {
            Some(inquiry.task())
        }
        Operation { order: PendingOperation { work: Asked::Inquiry(_) | Asked::Work(_), .. }, .. } => None,
    };
    Ok(OverdueInquiry { key, task, due })
}

/// What ending a claimed inquiry as `ended` changes of its item.
fn end(claim: &InquiryClaim, ended: &Operation) -> Result<Change, TableError> {
    let InquiryKey { store, uid, .. } = &claim.key;
    let mut change = given_back(claim);
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

/// What every way of letting a claimed inquiry go has in common.
fn given_back(claim: &InquiryClaim) -> Change {
    Change::of(Key::inquiry(&claim.key))
        .only_if_missing(ENDED)
        .only_if("lease.epoch", "=", number(claim.epoch))
        .set("lease.until", number(0))
        .remove("lease.holder")
}
