//! Takes, extends and gives back leases.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::{
    Table, TableError,
    key::{DUE_AT, Key},
    number,
    refusal::{Refusal, refusal},
    store_item, text,
    transitions::{CommitError, fenced},
};
use crate::{lease::Claim, store::Store, timestamp::Timestamp};

/// A lease that was taken: the store as it is now, and the proof.
#[derive(Debug)]
pub struct Taken {
    /// The store, read in the taking itself.
    pub store: Store,
    /// What the runner's writes are fenced with.
    pub claim: Claim,
}

/// Why a lease was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
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

impl Table {
    /// Takes the lease of `store`, which has work, for `holder` and for `time` from `now`, if nobody
    /// has it and the store is still as it was read.
    ///
    /// # Errors
    /// [`TakeError`].
    pub async fn take_lease(
        &self,
        store: &Store,
        holder: &str,
        now: Timestamp,
        time: Duration,
    ) -> Result<Taken, TakeError> {
        let until = now.plus(time);
        let answer = self
            .update_store(&store.id)
            .update_expression(
                "SET #lease.#epoch = #lease.#epoch + :one, #lease.#holder = :holder, #lease.#until = :until, \
                 #attempts = #attempts + :one, #due = :until",
            )
            .condition_expression(
                "#uid = :uid AND #status = :status AND attribute_exists(#due) AND #lease.#until <= :now",
            )
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#epoch", "epoch")
            .expression_attribute_names("#holder", "holder")
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_names("#uid", "uid")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":until", number(until.as_milliseconds()))
            .expression_attribute_values(":now", number(now.as_milliseconds()))
            .expression_attribute_values(":uid", text(store.uid))
            .expression_attribute_values(":status", text(store.state.status()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(take_error(error, store, now)?),
        };
        let store = store_item::from_item(answer.attributes.unwrap_or_default())?;
        let claim = Claim { store: store.id.clone(), uid: store.uid, epoch: store.lease.epoch };
        Ok(Taken { store, claim })
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
        let request = self
            .update_store(&claim.store)
            .update_expression("SET #lease.#until = :until, #due = :until")
            .condition_expression("#uid = :uid AND #lease.#epoch = :epoch AND #status = :status")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_values(":status", text(store.state.status()))
            .expression_attribute_values(":until", number(now.plus(time).as_milliseconds()));
        self.write_lease(claim, request).await
    }

    /// Gives the claimed lease of a store with work left back, so that another runner can go on at
    /// once.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to give back.
    pub async fn release_lease(&self, claim: &Claim, now: Timestamp) -> Result<(), CommitError> {
        let request = self
            .update_store(&claim.store)
            .update_expression("SET #lease.#until = :free, #due = :now REMOVE #lease.#holder");
        self.write_lease(claim, given_back(request, now)).await
    }

    /// The same for work that went well and is only interrupted: it does not count as an attempt.
    ///
    /// # Errors
    /// [`CommitError`]; when fenced, there is nothing to give back.
    pub async fn hand_over_lease(&self, claim: &Claim, now: Timestamp) -> Result<(), CommitError> {
        let request = self
            .update_store(&claim.store)
            .update_expression(
                "SET #lease.#until = :free, #due = :now, #attempts = #attempts - :one REMOVE #lease.#holder",
            )
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_values(":one", number(1));
        // A deletion that was asked for in between has begun its own count, at zero.
        let request = given_back(request, now).condition_expression(
            "#uid = :uid AND #lease.#epoch = :epoch AND attribute_exists(#due) AND #attempts >= :one",
        );
        self.write_lease(claim, request).await
    }

    async fn write_lease(&self, claim: &Claim, request: UpdateItemFluentBuilder) -> Result<(), CommitError> {
        let answer = request
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_names("#until", "until")
            .expression_attribute_names("#epoch", "epoch")
            .expression_attribute_names("#uid", "uid")
            .expression_attribute_values(":uid", text(claim.uid))
            .expression_attribute_values(":epoch", number(claim.epoch))
            .send()
            .await;
        match answer.map_err(refusal) {
            Ok(_) => Ok(()),
            Err(Refusal::Condition(item)) => Err(fenced(item, claim)?.into()),
            Err(Refusal::Table(error)) => Err(error.into()),
        }
    }

    fn update_store(&self, id: &crate::slug::Slug) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::store(id).into_item()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// What both ways of giving a lease back have in common.
fn given_back(request: UpdateItemFluentBuilder, now: Timestamp) -> UpdateItemFluentBuilder {
    request
        .condition_expression("#uid = :uid AND #lease.#epoch = :epoch AND attribute_exists(#due)")
        .expression_attribute_names("#holder", "holder")
        .expression_attribute_names("#due", DUE_AT)
        .expression_attribute_values(":free", number(0))
        .expression_attribute_values(":now", number(now.as_milliseconds()))
}

fn take_error<R>(
    error: SdkError<UpdateItemError, R>,
    read: &Store,
    now: Timestamp,
) -> Result<TakeError, TableError>
where
    aws_sdk_dynamodb::Error: From<SdkError<UpdateItemError, R>>,
{
    let item = match refusal(error) {
        Refusal::Condition(item) => item,
        Refusal::Table(error) => return Err(error),
    };
    let Some(found) = item.map(store_item::from_item).transpose()? else { return Ok(TakeError::Changed) };
    let until = Timestamp::from_milliseconds(found.lease.until).filter(|_| found.lease.is_held(now));
    Ok(match (until, found.lease.holder) {
        (Some(until), Some(holder)) if found.uid == read.uid => TakeError::Held { holder, until },
        _ => TakeError::Changed,
    })
}
