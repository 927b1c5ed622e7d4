//! Writes transitions: a runner's, fenced by its lease, with the events that tell of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use uuid::Uuid;

use super::{
    Item, Table, TableError,
    key::{DUE_AT, EXPIRES_AT, KIND, KIND_TOMBSTONE, Key, OWNER},
    number, store_item,
    store_item::StateAttributes,
    text,
    transaction::TransactionError,
};
use crate::{
    event::Event,
    lease::Claim,
    status::{State, Status, Transition},
    timestamp::Timestamp,
};

/// Why a runner's write was refused: the store is not the runner's to write to any more. Nothing
/// was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fenced {
    /// Another runner took the lease since.
    #[error("another runner holds the store's lease")]
    LeaseLost,
    /// The store's status changed; a deletion, mostly.
    #[error("the store is {0} now")]
    Moved(Status),
    /// There is no such store any more.
    #[error("the store is gone")]
    Gone,
}

/// Why a transition was not written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The runner must stop and touch nothing more.
    #[error(transparent)]
    Fenced(#[from] Fenced),
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Writes `transition` of the claimed store together with `events`. When it brings the store to
    /// rest, the lease is given back in the same write; when it ends the store, its place in the
    /// quota is.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub async fn commit(
        &self,
        claim: &Claim,
        transition: &Transition,
        events: &[Event],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let update = TransitionUpdate::new(transition, claim.uid, now)?.fenced(claim.epoch);
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::store(&claim.store).into_item()))
            .update_expression(update.expression())
            .condition_expression(update.condition())
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(TableError::from)?;
        let mut items = vec![TransactWriteItem::builder().update(update).build()];
        items.extend(self.event_puts(claim, events)?);
        if transition.to().status() == Status::Deleted {
            let count = self.count_one_less().map_err(TableError::from)?;
            items.push(TransactWriteItem::builder().update(count).build());
        }
        self.write_fenced(claim, items).await
    }

    /// Writes `events` of the claimed store, which must still be in `status`.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub async fn record(&self, claim: &Claim, status: Status, events: &[Event]) -> Result<(), CommitError> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(Key::store(&claim.store).into_item()))
            .condition_expression("#uid = :uid AND #status = :status AND #lease.#epoch = :epoch")
            .expression_attribute_names("#uid", "uid")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#epoch", "epoch")
            .expression_attribute_values(":uid", text(claim.uid))
            .expression_attribute_values(":status", text(status))
            .expression_attribute_values(":epoch", number(claim.epoch))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(TableError::from)?;
        let mut items = vec![TransactWriteItem::builder().condition_check(check).build()];
        items.extend(self.event_puts(claim, events)?);
        self.write_fenced(claim, items).await
    }

    fn event_puts(&self, claim: &Claim, events: &[Event]) -> Result<Vec<TransactWriteItem>, TableError> {
        events
            .iter()
            .map(|event| {
                let item = super::events::to_item(&claim.store, claim.uid, event)?;
                let put = Put::builder().table_name(&self.name).set_item(Some(item)).build()?;
                Ok(TransactWriteItem::builder().put(put).build())
            })
            .collect()
    }

    async fn write_fenced(&self, claim: &Claim, items: Vec<TransactWriteItem>) -> Result<(), CommitError> {
        self.transact(items).await.map_err(|error| match error {
            TransactionError::Conditions(failed) => {
                match fenced(failed.into_iter().find_map(|condition| condition.item), claim) {
                    Ok(fenced) => fenced.into(),
                    Err(error) => error.into(),
                }
            }
            TransactionError::Table(error) => error.into(),
        })
    }
}

/// What stood in the way of a write under `claim`, by the item that was there instead.
pub(super) fn fenced(item: Option<Item>, claim: &Claim) -> Result<Fenced, TableError> {
    let Some(item) = item else { return Ok(Fenced::Gone) };
    let store = store_item::from_item(item)?;
    Ok(if store.uid != claim.uid {
        Fenced::Gone
    } else if store.lease.epoch != claim.epoch {
        Fenced::LeaseLost
    } else {
        Fenced::Moved(store.state.status())
    })
}

/// The update of a store's item that carries out a transition, put together piece by piece.
pub(super) struct TransitionUpdate {
    sets: Vec<String>,
    removes: Vec<String>,
    conditions: Vec<String>,
    pub(super) names: HashMap<String, String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl TransitionUpdate {
    /// The update that moves incarnation `uid` by `transition`, on the condition that it still is
    /// where the transition starts.
    pub(super) fn new(transition: &Transition, uid: Uuid, now: Timestamp) -> Result<Self, TableError> {
        let mut update = Self {
            sets: vec!["#version = #version + :one".into()],
            removes: Vec::new(),
            conditions: vec!["#uid = :uid".into(), "#status = :from".into()],
            names: HashMap::new(),
            values: HashMap::new(),
        };
        update.name("version").name("uid");
        update.value("one", number(1)).value("uid", text(uid)).value("from", text(transition.from()));
        update.set("updated", text(now));

        let mut attributes = StateAttributes::item(transition.to())?;
        for name in StateAttributes::NAMES {
            match attributes.remove(name) {
                Some(value) => update.set(name, value),
                None => update.remove(name),
            };
        }
        if transition.from() != transition.to().status() {
            update.set("attempts", number(0));
        }
        if transition.to().task().is_none() {
            update.remove(DUE_AT).name("lease").name("until").name("holder");
            update.sets.push("#lease.#until = :free".into());
            update.removes.push("#lease.#holder".into());
            update.value("free", number(0));
        }
        if let State::Deleted(deleted) = transition.to() {
            update.set(KIND, text(KIND_TOMBSTONE)).set(EXPIRES_AT, number(store_item::expiry(deleted.at)));
            update.name("formerOwner").sets.push("#formerOwner = #owner".into());
            update.remove(OWNER);
        }
        Ok(update)
    }

    /// Only if the lease is still the one of `epoch`.
    fn fenced(mut self, epoch: u64) -> Self {
        self.name("lease").name("epoch").value("epoch", number(epoch));
        self.conditions.push("#lease.#epoch = :epoch".into());
        self
    }

    /// Someone must look at the store again at `due`.
    pub(super) fn due(mut self, due: Timestamp) -> Self {
        self.set(DUE_AT, number(due.as_milliseconds()));
        self
    }

    pub(super) fn expression(&self) -> String {
        let mut expression = format!("SET {}", self.sets.join(", "));
        if !self.removes.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&self.removes.join(", "));
        }
        expression
    }

    pub(super) fn condition(&self) -> String {
        self.conditions.join(" AND ")
    }

    fn name(&mut self, name: &str) -> &mut Self {
        self.names.insert(format!("#{name}"), name.into());
        self
    }

    fn value(&mut self, name: &str, value: AttributeValue) -> &mut Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    fn set(&mut self, name: &str, value: AttributeValue) -> &mut Self {
        self.sets.push(format!("#{name} = :{name}"));
        self.name(name).value(name, value)
    }

    fn remove(&mut self, name: &str) -> &mut Self {
        self.removes.push(format!("#{name}"));
        self.name(name)
    }
}
