//! Takes, extends and releases leases.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;

use crate::{
    lease::{Claim, ClaimedStore, Lease},
    store::{Store, status::Status},
    table::{
        error::TableError,
        expression::{change::Change, value::number, write::WriteError},
        handle::Table,
        schema::key::{DUE_AT, Key},
        stores::{fence::fenced, store_item, transitions::CommitError},
    },
    values::timestamp::Timestamp,
};

/// A lease that was taken: the store as it is now, and the proof.
#[derive(Debug)]
pub struct LeasedStore {
    /// The store, read in the taking itself.
    pub store: Store,
    /// What the runner's writes are fenced with.
    pub claim: Claim,
}

/// Why a lease was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another runner has it.
    #[error("runner {holder} holds the lease until {until}")]
    Held {
        /// Who.
        holder: String,
        /// Until when, unless it is extended.
        until: Timestamp,
    },
    /// The store has moved on from what was read: there may be nothing left to do.
    #[error("the store changed since it was read")]
    Changed,
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl LeaseError {
    /// What is in the way of a taking that found this lease at `now`.
    pub(in crate::table) fn of(lease: Lease, now: Timestamp) -> Self {
        match lease.held_until(now) {
            Some(until) => Self::Held { holder: lease.holder.unwrap_or_default(), until },
            None => Self::Changed,
        }
    }
}

impl Table {
    /// Takes the lease of `store`, which has work, for `holder` and for `time` from `now`, if nobody
    /// has it and the store is still as it was read.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub async fn acquire_lease(
        &self,
        store: &Store,
        holder: &str,
        now: Timestamp,
        time: Duration,
    ) -> Result<LeasedStore, LeaseError> {
        let until = now.plus(time);
        let holder = Lease::name_of_an_acquisition(holder);
        let change = Change::of(Key::store(&store.id))
            .of_incarnation(store.uid)
            .in_status(store.state.status())
            .only_if_there(DUE_AT)
            .acquiring(&holder, now, until)
            .raise("attempts", 1)
            .set(DUE_AT, number(until.as_milliseconds()));
        let request = change.alone(self).return_values(ReturnValue::AllNew);
        let item = match self.update(request).await {
            Ok(answer) => answer.attributes,
            Err(WriteError::ConditionFailed(item)) => item,
            Err(WriteError::Table(error)) => return Err(error.into()),
        };
        let Some(found) = item.map(store_item::from_item).transpose()? else {
            return Err(LeaseError::Changed);
        };
        if found.lease.holder.as_ref() == Some(&holder) {
            let (id, uid, owner) = (found.id.clone(), found.uid, found.owner.clone());
            let claim = Claim { subject: ClaimedStore { id, uid, owner }, epoch: found.lease.epoch };
            return Ok(LeasedStore { store: found, claim });
        }
        Err(if found.uid == store.uid { LeaseError::of(found.lease, now) } else { LeaseError::Changed })
    }

    /// Holds the claimed lease until `time` from `now`, as long as the store is in `store`'s status.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, the runner must stop.
    pub async fn extend_lease(
        &self,
        claim: &Claim,
        store: &Store,
        now: Timestamp,
        time: Duration,
    ) -> Result<(), CommitError> {
        let until = number(now.plus(time).as_milliseconds());
        let change = Change::of(Key::store(&claim.subject.id))
            .in_status(store.state.status())
            .set("lease.until", until.clone())
            .set(DUE_AT, until);
        self.write_lease(claim, change).await
    }

    /// Releases the claimed lease of a store with work left, so that another runner can go on at
    /// once.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to release.
    pub async fn release_lease(&self, claim: &Claim, now: Timestamp) -> Result<(), CommitError> {
        self.write_lease(claim, released(claim, now)).await
    }

    /// The same for work that went well and is only interrupted, on which somebody must go on at `due`: it does not count
    /// as an attempt.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to release.
    pub async fn release_interrupted_lease(&self, claim: &Claim, due: Timestamp) -> Result<(), CommitError> {
        // A deletion that was asked for in between has begun its own count, at zero.
        let change = released(claim, due).raise("attempts", -1).only_if("attempts", ">=", number(1));
        self.write_lease(claim, change).await
    }

    /// Releases the claimed lease after a look at a store that left it as it was: somebody must look again
    /// at `again`. Looks are no attempts, however many it takes.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to release.
    pub async fn check_again(&self, claim: &Claim, again: Timestamp) -> Result<(), CommitError> {
        let change = released(claim, again).in_status(Status::Failed).set("attempts", number(0));
        self.write_lease(claim, change).await
    }

    /// Changes the claimed lease of a store that is not at rest.
    async fn write_lease(&self, claim: &Claim, change: Change) -> Result<(), CommitError> {
        match self.update(change.under(claim).only_if_there(DUE_AT).alone(self)).await {
            Ok(_) => Ok(()),
            Err(WriteError::ConditionFailed(item)) => Err(fenced(item, claim)?.into()),
            Err(WriteError::Table(error)) => Err(error.into()),
        }
    }
}

/// What all ways of releasing a lease have in common; the store is `due` then.
fn released(claim: &Claim, due: Timestamp) -> Change {
    Change::of(Key::store(&claim.subject.id)).releasing().set(DUE_AT, number(due.as_milliseconds()))
}
