//! The counter of the platform's stores. It changes only in the transactions that make or end a
//! store, so it is exact.

use aws_sdk_dynamodb::{error::BuildError, types::Update};

use super::{
    Table, TableError,
    key::{Key, PARTITION, SORT},
    number,
};

pub(super) const COUNT: &str = "count";

impl Table {
    /// How many stores the platform has, those being made or taken away included.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn platform_count(&self) -> Result<u64, TableError> {
        let item = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(Key::platform_quota().into_item()))
            .consistent_read(true)
            .send()
            .await?
            .item
            .unwrap_or_default();
        item.get(COUNT).map_or(Ok(0), |count| Ok(serde_dynamo::from_attribute_value(count.clone())?))
    }

    /// One store more, if that makes at most `limit`.
    pub(super) fn count_one_more(&self, limit: u32) -> Result<Update, BuildError> {
        self.platform_counter()
            .update_expression("ADD #count :one")
            .condition_expression("attribute_not_exists(#count) OR #count < :limit")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(limit))
            .build()
    }

    /// One store less.
    pub(super) fn count_one_less(&self) -> Result<Update, BuildError> {
        self.platform_counter()
            .update_expression("ADD #count :minusOne")
            .expression_attribute_values(":minusOne", number(-1))
            .build()
    }

    fn platform_counter(&self) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let Key { partition, sort } = Key::platform_quota();
        Update::builder()
            .table_name(&self.name)
            .key(PARTITION, super::text(partition))
            .key(SORT, super::text(sort))
            .expression_attribute_names("#count", COUNT)
    }
}
