//! The counters of the rate limits.

use std::time::Duration;

use crate::{
    auth::rate::{Rate, Source, Window},
    table::{
        error::TableError,
        expression::{value::number, write::WriteError},
        handle::Table,
        schema::key::{EXPIRES_AT, Key},
        stores::quota::COUNT,
    },
};

/// How long a counter is kept after its window: clocks differ.
const AFTERLIFE: Duration = Duration::from_secs(60);

impl Table {
    /// Counts one call more of `source` in `window`, if that makes at most `limit` of them, and says
    /// how many it made; `None` when there were that many already. One conditional update of one
    /// counter, so however many ask at once, exactly `limit` get a number.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written; the call was then perhaps counted.
    pub async fn count_call(
        &self,
        rate: Rate,
        source: Source,
        window: Window,
        limit: u32,
    ) -> Result<Option<u32>, TableError> {
        let expiry = window.end().saturating_add_unsigned(AFTERLIFE.as_secs());
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(Key::rate(rate, source, window).into_item()))
            .update_expression("ADD #count :one SET #expires = :expires")
            .condition_expression("attribute_not_exists(#count) OR #count < :limit")
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":limit", number(limit))
            .expression_attribute_values(":expires", number(expiry))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::UpdatedNew);
        match self.update(request).await {
            Ok(answer) => {
                let count = answer.attributes.and_then(|mut item| item.remove(COUNT));
                Ok(count.map(serde_dynamo::from_attribute_value).transpose()?)
            }
            Err(WriteError::ConditionFailed(_)) => Ok(None),
            Err(WriteError::Table(error)) => Err(error),
        }
    }
}
