//! The counters of stores, of the platform and of each owner. They change only in the transactions
//! that make or end a store, so they are exact.

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{TransactWriteItem, Update, builders::UpdateBuilder},
};

use crate::table::{error::TableError, expression::value::number, handle::Table, schema::key::Key};

pub(in crate::table) const COUNT: &str = "count";

/// What a store takes a place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::table) enum Quota<'a> {
    /// The stores of all owners.
    Platform,
    /// The stores of this one.
    Owner(&'a str),
}

/// How many stores there may be, those being made or taken away included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// On the platform.
    pub platform: u32,
    /// Of one owner.
    pub owner: u32,
}

impl Table {
    /// How many stores the platform has, those being made or taken away included.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn platform_count(&self) -> Result<u64, TableError> {
        self.count(Quota::Platform).await
    }

    /// How many stores `owner` has, those being made or taken away included.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn owner_count(&self, owner: &str) -> Result<u64, TableError> {
        self.count(Quota::Owner(owner)).await
    }

    async fn count(&self, quota: Quota<'_>) -> Result<u64, TableError> {
        let item = self.read(Key::quota(quota)).await?.unwrap_or_default();
        item.get(COUNT).map_or(Ok(0), |count| Ok(serde_dynamo::from_attribute_value(count.clone())?))
    }

    /// The part of a transaction that counts one store more, if that makes at most `limit`.
    pub(in crate::table) fn count_one_more(
        &self,
        quota: Quota<'_>,
        limit: u32,
    ) -> Result<TransactWriteItem, BuildError> {
        let update = self
            .counter(quota, 1)
            .condition_expression("attribute_not_exists(#count) OR #count < :limit")
            .expression_attribute_values(":limit", number(limit))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The part of a transaction that counts one store less.
    pub(in crate::table) fn count_one_less(&self, quota: Quota<'_>) -> Result<TransactWriteItem, BuildError> {
        Ok(TransactWriteItem::builder().update(self.counter(quota, -1).build()?).build())
    }

    fn counter(&self, quota: Quota<'_>, change: i64) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::quota(quota).into_item()))
            .update_expression("ADD #count :change")
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_values(":change", number(change))
    }
}
