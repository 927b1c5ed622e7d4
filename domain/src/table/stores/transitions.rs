//! Writes transitions: a runner's, fenced by its lease, with their events.

use aws_sdk_dynamodb::types::TransactWriteItem;
use uuid::Uuid;

use crate::{
    lease::{Claim, ClaimedStore},
    provisioning::event::Event,
    store::{
        slug::Slug,
        state::Deleted,
        status::Status,
        suspension::SuspensionWrite,
        transition::{ReleaseChange, Transition},
    },
    table::{
        error::TableError,
        expression::{
            change::Change,
            transaction::TransactionError,
            value::{number, text},
        },
        handle::Table,
        history::events,
        schema::key::{DUE_AT, EXPIRES_AT, HEALTH, KIND, KIND_TOMBSTONE, Key, OWNER, RELEASE, SUSPENSION},
        stores::{
            fence::{Fenced, fenced},
            quota::Quota,
            store_item::{self, StateAttributes},
        },
        webhooks::outbox::OutboxEntry,
    },
    values::timestamp::Timestamp,
    webhook::occurrence::Occurrence,
};

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
    /// rest, the lease is given back in the same write; when it ends the store, its places in the
    /// quotas are.
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
        let change = write_transition(&claim.subject.id, transition, now)?.under(claim);
        let mut items = vec![change.in_transaction(self).map_err(TableError::from)?];
        // The history before it expires already: see `expire_history`.
        let expires = transition.to().gone().map(Deleted::expires);
        items.extend(self.event_puts(&claim.subject.id, claim.subject.uid, events, expires)?);
        items.extend(self.operation_puts(&claim.subject.id, claim.subject.uid, transition)?);
        items.extend(self.failure_log_put(&claim.subject.id, claim.subject.uid, transition)?);
        let ClaimedStore { id, uid, owner } = &claim.subject;
        items.extend(self.attention_parts(id, *uid, owner, transition)?);
        if transition.to().status().is_gone() {
            for quota in [Quota::Platform, Quota::Owner(&claim.subject.owner)] {
                items.push(self.count_one_less(quota).map_err(TableError::from)?);
            }
        }
        let ClaimedStore { id, uid, owner } = &claim.subject;
        let entry = OutboxEntry { id, uid: *uid, owner, occurrences: Occurrence::of(transition) };
        self.write_fenced(claim, items, &[entry], now).await
    }

    /// Writes `events` of the claimed store, which must still be in `status`.
    ///
    /// # Errors
    /// [`CommitError`]; nothing was written then.
    pub async fn record(&self, claim: &Claim, status: Status, events: &[Event]) -> Result<(), CommitError> {
        let check = Change::of(Key::store(&claim.subject.id)).under(claim).in_status(status);
        let mut items = vec![check.check_in_transaction(self).map_err(TableError::from)?];
        items.extend(self.event_puts(&claim.subject.id, claim.subject.uid, events, None)?);
        self.write_fenced(claim, items, &[], Timestamp::now()).await
    }

    /// The parts of a transaction that write `events` of incarnation `uid` of the store `id`, which
    /// expire at `expires` if that is known already.
    pub(in crate::table) fn event_puts(
        &self,
        id: &Slug,
        uid: Uuid,
        events: &[Event],
        expires: Option<Timestamp>,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        events.iter().map(|event| self.put(events::to_item(id, uid, event, expires)?)).collect()
    }

    async fn write_fenced(
        &self,
        claim: &Claim,
        items: Vec<TransactWriteItem>,
        entries: &[OutboxEntry<'_>],
        now: Timestamp,
    ) -> Result<(), CommitError> {
        self.transact_with_outbox(items, entries, now).await.map_err(|error| match error {
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

/// The change of the store's item that carries out `transition`, on the condition that the store
/// still is where that starts. Of which incarnation, and under which lease, is for the caller to say.
pub(in crate::table) fn write_transition(
    id: &Slug,
    transition: &Transition,
    now: Timestamp,
) -> Result<Change, TableError> {
    let mut change =
        Change::of(Key::store(id)).in_status(transition.from()).raise("version", 1).set("updated", text(now));
    let mut attributes = StateAttributes::item(transition.to())?;
    for name in StateAttributes::NAMES {
        change = match attributes.remove(name) {
            Some(value) => change.set(name, value),
            None => change.remove(name),
        };
    }
    if transition.begins_anew() && transition.check_again().is_none() {
        change = change.set("attempts", number(0));
    }
    if transition.operation().is_some() {
        change = match transition.pending() {
            Some(pending) => change.set("operation", serde_dynamo::to_attribute_value(pending)?),
            None => change.remove("operation"),
        };
    }
    match transition.suspension() {
        None => {}
        Some(SuspensionWrite::Begins(suspension)) => {
            change = change.set(SUSPENSION, serde_dynamo::to_attribute_value(suspension)?);
        }
        Some(SuspensionWrite::Ends) => change = change.remove(SUSPENSION),
    }
    match transition.release() {
        None => {}
        Some(ReleaseChange::Recorded(release)) => {
            change = change.set(RELEASE, serde_dynamo::to_attribute_value(release)?);
        }
        Some(ReleaseChange::Forgotten) => change = change.remove(RELEASE),
    }
    if transition.requests_operation() {
        // The status stays, so it keeps nobody away who was at work before: this does.
        change = change.raise("lease.epoch", 1);
    } else if let Some(operation) = transition.operation() {
        change = change.only_if("operation.id", "=", text(operation.id));
    }
    if !transition.leaves_work() {
        change = change.releasing();
        change = match transition.check_again() {
            // Each look has attempts of its own.
            Some(again) => change.set(DUE_AT, number(again.as_milliseconds())).set("attempts", number(0)),
            None => change.remove(DUE_AT),
        };
    }
    if transition.from() == Status::Ready && transition.to().status() != Status::Ready {
        change = change.remove(HEALTH);
    }
    if let Some(deleted) = transition.to().gone() {
        change = change
            .set(KIND, text(KIND_TOMBSTONE))
            .set(EXPIRES_AT, number(store_item::expiry(deleted.at)))
            .copy("formerOwner", OWNER)
            .remove(OWNER);
    }
    Ok(change)
}
