//! What is written of a command, beside its audit entry: a change of the store, or a read-only operation on it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use uuid::Uuid;

use crate::{
    audit::Head,
    idempotency::Made,
    store::{Store, decision::StoreChange, slug::Slug},
    table::{
        error::TableError,
        expression::{change::Change, value::number},
        handle::Table,
        schema::key::{DUE_AT, Key},
        stores::transitions::write_transition,
    },
    values::timestamp::Timestamp,
    webhook::occurrence::Occurrence,
};

impl StoreChange {
    /// What becomes of the record of `store`, as it was read, at `now`; somebody looks again at `due`.
    pub(in crate::table) fn change(
        &self,
        store: &Store,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<Change, TableError> {
        let due = number(due.as_milliseconds());
        let written =
            |transition| write_transition(&store.id, transition, now).map(|change| change.set(DUE_AT, due));
        let change = match self {
            Self::Transition(transition) => written(transition)?,
            Self::Retry(transition) => written(transition)?.set("retries", number(store.retries + 1)),
            Self::ReadOnly(_) => Change::of(Key::store(&store.id)),
        };
        Ok(change.of_incarnation(store.uid).only_if("version", "=", number(store.version)))
    }

    /// The parts of a transaction that keep the operations that it is about.
    pub(in crate::table) fn operation_puts(
        &self,
        table: &Table,
        store: &Store,
        due: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        match self {
            Self::Transition(transition) | Self::Retry(transition) => {
                table.operation_puts(&store.id, store.uid, transition)
            }
            Self::ReadOnly(operation) => {
                table.read_only_put(&store.id, store.uid, operation, due).map(|part| vec![part])
            }
        }
    }

    /// What endpoints are notified of by it: a deletion ends the operation that it comes in the middle of.
    pub(in crate::table) fn occurrences(&self) -> Vec<Occurrence> {
        match self {
            Self::Transition(transition) | Self::Retry(transition) => Occurrence::of(transition),
            Self::ReadOnly(_) => Vec::new(),
        }
    }

    /// The parts of a transaction that end what needed somebody of `store`.
    pub(in crate::table) fn attention_parts(
        &self,
        table: &Table,
        store: &Store,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        match self {
            Self::Transition(transition) | Self::Retry(transition) => {
                table.attention_parts(&store.id, store.uid, &store.owner, transition)
            }
            Self::ReadOnly(_) => Ok(Vec::new()),
        }
    }

    /// What a request with a key has made by it.
    pub(in crate::table) fn made(&self, id: &Slug, uid: Uuid) -> Made {
        let operation = match self {
            Self::Transition(transition) | Self::Retry(transition) => {
                transition.pending().map(|operation| operation.id)
            }
            Self::ReadOnly(operation) => Some(operation.id),
        };
        match operation {
            Some(operation) => Made::Operation { id: id.clone(), uid, operation },
            None => Made::Store { id: id.clone(), uid },
        }
    }

    /// `store` once it was written, together with the audit entry at `audit`.
    pub(in crate::table) fn applied_to(
        self,
        mut store: Store,
        now: Timestamp,
        due: Timestamp,
        audit: Head,
    ) -> Store {
        store.audit = Some(audit);
        store.retries += u32::from(matches!(self, Self::Retry(_)));
        match self {
            Self::Transition(transition) | Self::Retry(transition) => {
                store.lease.epoch += u64::from(transition.requests_operation());
                let version = store.version + 1;
                let store = transition.applied_to(store);
                Store { updated: now, version, attempts: 0, due: Some(due), ..store }
            }
            Self::ReadOnly(_) => store,
        }
    }
}
