//! The one item of the sweeps over all stores: who makes them, and when the last one was.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::{
    health::{AssessmentCounts, LastHealthSweep},
    lease::{Claim, HealthSweepClaim, HealthSweeps, Lease},
    store::counts::StoreCounts,
    table::{
        error::TableError,
        expression::{
            change::Change,
            value::{number, text},
            write::WriteError,
        },
        handle::{Item, Table},
        schema::key::Key,
    },
    values::timestamp::Timestamp,
};

/// Its attributes beside its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HealthSweepItem {
    lease: Lease,
    interval_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    observed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<AssessmentCounts>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    stores: Option<StoreCounts>,
}

impl HealthSweepItem {
    fn last(&self) -> LastHealthSweep {
        let interval = Duration::from_secs(self.interval_seconds);
        LastHealthSweep { interval, observed: self.observed_at }
    }
}

const LEASE: &str = "lease";
const INTERVAL: &str = "intervalSeconds";
const OBSERVED_AT: &str = "observedAt";
/// How many stores the last sweep saw of each assessment.
const SEEN: &str = "seen";
/// How many stores it counted in all, by status and power.
const STORES: &str = "stores";

/// Why a sweep was not written.
#[derive(Debug, thiserror::Error)]
pub enum HealthSweepError {
    /// Another runner took the lease since: what this one saw is out of date.
    #[error("another runner makes the sweeps now")]
    Lost,
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl From<aws_sdk_dynamodb::error::BuildError> for HealthSweepError {
    fn from(error: aws_sdk_dynamodb::error::BuildError) -> Self {
        Self::Table(error.into())
    }
}

/// What trying to take the sweeps' lease comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthSweepLease {
    /// It is this runner's.
    Claimed(HealthSweepClaim),
    /// Another one has it until then, unless it is extended.
    Held(Timestamp),
}

impl Table {
    /// What is known of the sweeps; `None` before the first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn last_health_sweep(&self) -> Result<Option<LastHealthSweep>, TableError> {
        Ok(self.health_sweep_item().await?.map(|item| item.last()))
    }

    /// The same, with what the last one counted.
    pub(in crate::table) async fn counted(
        &self,
    ) -> Result<Option<(LastHealthSweep, StoreCounts, AssessmentCounts)>, TableError> {
        let item = self.health_sweep_item().await?;
        Ok(item.map(|item| (item.last(), item.stores.unwrap_or_default(), item.seen.unwrap_or_default())))
    }

    /// Takes the lease of the sweeps, one each `interval`, for `holder` and for `time` from `now`, if nobody
    /// has it. Who has not got it writes nothing.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read or written.
    pub async fn claim_health_sweep(
        &self,
        holder: &str,
        now: Timestamp,
        time: Duration,
        interval: Duration,
    ) -> Result<HealthSweepLease, TableError> {
        let found = self.health_sweep_item().await?.map(|item| item.lease);
        if let Some(until) = found.as_ref().and_then(|lease| lease.held_until(now)) {
            return Ok(HealthSweepLease::Held(until));
        }
        let until = now.plus(time);
        let holder = Lease::name_of_an_acquisition(holder);
        let epoch = found.as_ref().map_or(1, |lease| lease.epoch + 1);
        let change = Change::of(Key::health_sweeps()).set(INTERVAL, number(interval.as_secs()));
        let change = match found {
            None => {
                let first = Lease { epoch, holder: Some(holder.clone()), until: until.as_milliseconds() };
                change.only_if_missing(LEASE).set(LEASE, AttributeValue::M(serde_dynamo::to_item(first)?))
            }
            // Unless it was taken since.
            Some(Lease { epoch: read, .. }) => {
                change.only_if("lease.epoch", "=", number(read)).acquiring(&holder, now, until)
            }
        };
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(HealthSweepLease::Claimed(Claim { subject: HealthSweeps, epoch })),
            Err(WriteError::ConditionFailed(item)) => {
                let lease = item.map(from_item).transpose()?.map(|item| item.lease);
                let is_ours = lease.as_ref().is_some_and(|lease| lease.holder.as_ref() == Some(&holder));
                if is_ours {
                    return Ok(HealthSweepLease::Claimed(Claim { subject: HealthSweeps, epoch }));
                }
                Ok(HealthSweepLease::Held(lease.and_then(|lease| lease.held_until(now)).unwrap_or(now)))
            }
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// Writes that the sweep which began to look at `observed` came to its end, having seen so many stores of
    /// each assessment among so many `stores`, and extends the lease until `until`: all that a sweep writes which finds nothing new.
    ///
    /// # Errors
    /// [`HealthSweepError`].
    pub async fn end_health_sweep(
        &self,
        claim: &HealthSweepClaim,
        observed: Timestamp,
        (seen, stores): (&AssessmentCounts, &StoreCounts),
        until: Timestamp,
    ) -> Result<(), HealthSweepError> {
        let seen = serde_dynamo::to_item(seen).map_err(TableError::from)?;
        let stores = serde_dynamo::to_item(stores).map_err(TableError::from)?;
        let change = Change::of(Key::health_sweeps())
            .set("lease.until", number(until.as_milliseconds()))
            .set(OBSERVED_AT, text(observed))
            .set(SEEN, AttributeValue::M(seen))
            .set(STORES, AttributeValue::M(stores));
        self.change_health_sweep(claim, change).await
    }

    /// Releases the lease, so that another runner can go on at once.
    ///
    /// # Errors
    /// [`HealthSweepError`]; when it is lost, there is nothing to release.
    pub async fn release_health_sweep(&self, claim: &HealthSweepClaim) -> Result<(), HealthSweepError> {
        let change = Change::of(Key::health_sweeps()).releasing();
        self.change_health_sweep(claim, change).await
    }

    /// The part of a transaction that has it carried out only under the claimed lease.
    pub(in crate::table) fn under_health_sweep(
        &self,
        claim: &HealthSweepClaim,
    ) -> Result<TransactWriteItem, TableError> {
        Ok(Change::of(Key::health_sweeps()).under_claim(claim).check_in_transaction(self)?)
    }

    async fn change_health_sweep(
        &self,
        claim: &HealthSweepClaim,
        change: Change,
    ) -> Result<(), HealthSweepError> {
        match self.update(change.under_claim(claim).alone(self)).await {
            Ok(_) => Ok(()),
            Err(WriteError::ConditionFailed(_)) => Err(HealthSweepError::Lost),
            Err(WriteError::Table(error)) => Err(error.into()),
        }
    }

    async fn health_sweep_item(&self) -> Result<Option<HealthSweepItem>, TableError> {
        self.read(Key::health_sweeps()).await?.map(from_item).transpose()
    }
}

fn from_item(item: Item) -> Result<HealthSweepItem, TableError> {
    Ok(serde_dynamo::from_item(item)?)
}
