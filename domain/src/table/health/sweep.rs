//! The one item of the passes over all stores: who makes them, and when the last one was.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::{
    health::{LastPass, PassClaim, Tally},
    lease::Lease,
    table::{
        error::TableError,
        expression::{
            change::Change,
            value::{number, text},
            write::Refusal,
        },
        handle::{Item, Table},
        schema::key::Key,
    },
    values::timestamp::Timestamp,
};

/// Its attributes beside its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PassItem {
    lease: Lease,
    interval_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    observed_at: Option<Timestamp>,
}

const LEASE: &str = "lease";
const INTERVAL: &str = "intervalSeconds";
const OBSERVED_AT: &str = "observedAt";
/// How many stores the last pass saw of each verdict; for whoever reads the table.
const SEEN: &str = "seen";

/// Why a pass was not written.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Another runner took the lease since: what this one saw is out of date.
    #[error("another runner makes the passes now")]
    Lost,
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<aws_sdk_dynamodb::error::BuildError> for PassError {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Table(error.into())
    }
}

/// What trying to take the passes' lease comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassTaken {
    /// It is this runner's.
    Now(PassClaim),
    /// Another one has it until then, unless it is extended.
    Held(Timestamp),
}

impl Table {
    /// What is known of the passes; `None` before the first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn last_pass(&self) -> Result<Option<LastPass>, TableError> {
        let item = self.pass_item().await?;
        Ok(item.map(|PassItem { lease: _, interval_seconds, observed_at }| LastPass {
            interval: Duration::from_secs(interval_seconds),
            observed: observed_at,
        }))
    }

    /// Takes the lease of the passes, one each `interval`, for `holder` and for `time` from `now`, if nobody
    /// has it. Who has not got it writes nothing.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read or written.
    pub async fn take_pass(
        &self,
        holder: &str,
        now: Timestamp,
        time: Duration,
        interval: Duration,
    ) -> Result<PassTaken, TableError> {
        let found = self.pass_item().await?.map(|item| item.lease);
        if let Some(until) = found.as_ref().and_then(|lease| lease.held_until(now)) {
            return Ok(PassTaken::Held(until));
        }
        let until = now.plus(time);
        let holder = Lease::name_of_a_taking(holder);
        let epoch = found.as_ref().map_or(1, |lease| lease.epoch + 1);
        let lease = Lease { epoch, holder: Some(holder.clone()), until: until.as_milliseconds() };
        let change = Change::of(Key::pass())
            .set(LEASE, AttributeValue::M(serde_dynamo::to_item(lease)?))
            .set(INTERVAL, number(interval.as_secs()));
        let change = match found {
            None => change.only_if_missing(LEASE),
            // Unless it was taken since, or extended.
            Some(Lease { epoch, holder: _, until }) => {
                change.only_if("lease.epoch", "=", number(epoch)).only_if("lease.until", "=", number(until))
            }
        };
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(PassTaken::Now(PassClaim { epoch })),
            Err(Refusal::Condition(item)) => {
                let lease = item.map(from_item).transpose()?.map(|item| item.lease);
                let is_ours = lease.as_ref().is_some_and(|lease| lease.holder.as_ref() == Some(&holder));
                if is_ours {
                    return Ok(PassTaken::Now(PassClaim { epoch }));
                }
                Ok(PassTaken::Held(lease.and_then(|lease| lease.held_until(now)).unwrap_or(now)))
            }
            Err(Refusal::Table(error)) => Err(error),
        }
    }

    /// Writes that the pass which began to look at `observed` came to its end, having seen so many stores of
    /// each verdict, and extends the lease until `until`: all that a pass writes which finds nothing new.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn end_pass(
        &self,
        claim: &PassClaim,
        observed: Timestamp,
        seen: &Tally,
        until: Timestamp,
    ) -> Result<(), PassError> {
        let seen = serde_dynamo::to_item(seen).map_err(TableError::from)?;
        let change = Change::of(Key::pass())
            .set("lease.until", number(until.as_milliseconds()))
            .set(OBSERVED_AT, text(observed))
            .set(SEEN, AttributeValue::M(seen));
        self.change_pass(claim, change).await
    }

    /// Gives the lease back, so that another runner can go on at once.
    ///
    /// # Errors
    /// [`PassError`]; when it is lost, there is nothing to give back.
    pub async fn release_pass(&self, claim: &PassClaim) -> Result<(), PassError> {
        let change = Change::of(Key::pass()).set("lease.until", number(0)).remove("lease.holder");
        self.change_pass(claim, change).await
    }

    /// The part of a transaction that has it carried out only under the claimed lease.
    pub(in crate::table) fn under_pass(&self, claim: &PassClaim) -> Result<TransactWriteItem, TableError> {
        Ok(held(Change::of(Key::pass()), claim).check_in_transaction(self)?)
    }

    async fn change_pass(&self, claim: &PassClaim, change: Change) -> Result<(), PassError> {
        match self.update(held(change, claim).alone(self)).await {
            Ok(_) => Ok(()),
            Err(Refusal::Condition(_)) => Err(PassError::Lost),
            Err(Refusal::Table(error)) => Err(error.into()),
        }
    }

    async fn pass_item(&self) -> Result<Option<PassItem>, TableError> {
        self.read(Key::pass()).await?.map(from_item).transpose()
    }
}

fn from_item(item: Item) -> Result<PassItem, TableError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// Only if the lease is the one that was taken.
fn held(change: Change, claim: &PassClaim) -> Change {
    change.only_if("lease.epoch", "=", number(claim.epoch))
}
