//! What is written of a wish that is granted, beside the audit entry: a change of the store, or an inquiry
//! about it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use uuid::Uuid;

use crate::{
    audit::Head,
    idempotency::Made,
    operation::{Inquiry, PendingOperation},
    store::{Store, slug::Slug, status::Transition},
    table::{
        error::TableError,
        expression::{change::Change, value::number},
        handle::Table,
        schema::key::{DUE_AT, Key},
        stores::transitions::write_transition,
    },
    values::timestamp::Timestamp,
};

/// What is done.
pub(in crate::table) enum StoreChange {
    /// The store moves on, and a runner is to take it up.
    Change(Transition),
    /// The same once more, after it failed.
    Retry(Transition),
    /// The store stays as it is, and a runner is to take this up.
    Ask(PendingOperation<Inquiry>),
}

impl StoreChange {
    /// What becomes of the record of `store`, as it was read, at `now`; somebody looks again at `due`.
    pub(in crate::table) fn change(
        &self,
        store: &Store,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<Change, TableError> {
        let due = number(due.as_milliseconds());
        let moved =
            |transition| write_transition(&store.id, transition, now).map(|change| change.set(DUE_AT, due));
        let change = match self {
            Self::Change(transition) => moved(transition)?,
            Self::Retry(transition) => moved(transition)?.set("retries", number(store.retries + 1)),
            Self::Ask(_) => Change::of(Key::store(&store.id)),
        };
        Ok(change.of_incarnation(store.uid).only_if("version", "=", number(store.version)))
    }

    /// The part of a transaction that keeps the operation that it is about, if it is about one.
    pub(in crate::table) fn operation_put(
        &self,
        table: &Table,
        store: &Store,
        due: Timestamp,
    ) -> Result<Option<TransactWriteItem>, TableError> {
        match self {
            Self::Change(transition) | Self::Retry(transition) => {
                table.operation_put(&store.id, store.uid, transition)
            }
            Self::Ask(order) => table.inquiry_put(&store.id, store.uid, order, due).map(Some),
        }
    }

    /// What a request with a key has made by it.
    pub(in crate::table) fn made(&self, id: &Slug, uid: Uuid) -> Made {
        let operation = match self {
            Self::Change(transition) | Self::Retry(transition) => {
                transition.to().operation().map(|order| order.id)
            }
            Self::Ask(order) => Some(order.id),
        };
        match operation {
            Some(operation) => Made::Operation { id: id.clone(), uid, operation },
            None => Made::Store { id: id.clone(), uid },
        }
    }

    /// `store` once it was written, together with the audit entry at `audit`.
    pub(in crate::table) fn done_to(
        self,
        mut store: Store,
        now: Timestamp,
        due: Timestamp,
        audit: Head,
    ) -> Store {
        store.audit = Some(audit);
        store.retries += u32::from(matches!(self, Self::Retry(_)));
        match self {
            Self::Change(transition) | Self::Retry(transition) => {
                store.lease.epoch += u64::from(transition.asks_for_an_operation());
                Store {
                    updated: now,
                    version: store.version + 1,
                    state: transition.into_state(),
                    attempts: 0,
                    due: Some(due),
                    ..store
                }
            }
            Self::Ask(_) => store,
        }
    }
}
