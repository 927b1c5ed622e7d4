//! Remembers what requests with a key have made.

use std::time::Duration;

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::{
    idempotency::{KeyedRequest, Made},
    table::{
        error::TableError,
        expression::value::number,
        handle::{Item, Table},
        schema::key::{EXPIRES_AT, Key, PARTITION},
    },
    values::{digest::Digest, timestamp::Timestamp},
};

/// How long a key is remembered: a day, and an hour for clocks that differ.
const MEMORY: Duration = Duration::from_secs(25 * 3600);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// The digest of the request.
    request: Digest,
    made: Made,
    expires_at: i64,
}

/// A key was used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::table) enum Earlier {
    /// By the same request, which made this.
    Same(Made),
    /// By another one.
    Other,
}

impl Table {
    /// The part of a transaction that remembers what `request` makes, on the condition that its key
    /// is not in use. Where it is, [`earlier`] reads what was there instead.
    pub(in crate::table) fn remember(
        &self,
        request: &KeyedRequest,
        made: Made,
        now: Timestamp,
    ) -> Result<TransactWriteItem, TableError> {
        let expires_at = now.plus(MEMORY).as_seconds();
        let record = Record { request: request.digest.clone(), made, expires_at };
        let mut item: Item = serde_dynamo::to_item(record)?;
        item.extend(Key::idempotency(request).into_item());
        // DynamoDB removes what has expired in its own time.
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk) OR #expires <= :now")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", number(now.as_seconds()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// What the key of `request` was used for before, if it is still remembered at `now`. Only for
    /// requests that would be refused: all others learn it from the refusal of what they write.
    pub(in crate::table) async fn recall(
        &self,
        request: &KeyedRequest,
        now: Timestamp,
    ) -> Result<Option<Earlier>, TableError> {
        let item = self.read(Key::idempotency(request)).await?;
        let record: Option<Record> = item.map(serde_dynamo::from_item).transpose()?;
        Ok(record.filter(|record| record.expires_at > now.as_seconds()).map(|record| record.seen_by(request)))
    }
}

impl Record {
    fn seen_by(self, request: &KeyedRequest) -> Earlier {
        if self.request == request.digest { Earlier::Same(self.made) } else { Earlier::Other }
    }
}

/// What the key of `request` was used for, by the item that was there.
pub(in crate::table) fn earlier(item: Item, request: &KeyedRequest) -> Result<Earlier, TableError> {
    Ok(serde_dynamo::from_item::<_, Record>(item)?.seen_by(request))
}
