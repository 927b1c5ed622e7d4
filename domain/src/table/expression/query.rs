//! Reads one item, or what lies beside a record, in its partition.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::{
    table::{
        error::TableError,
        expression::{
            expiry::{self, KEPT},
            page::Page,
            value::text,
        },
        handle::{Item, Table},
        schema::key::{Key, PARTITION, SORT},
    },
    values::timestamp::Timestamp,
};

impl Table {
    /// The item at `key`, as it is now.
    pub(in crate::table) async fn read(&self, key: Key) -> Result<Option<Item>, TableError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key.into_item()));
        Ok(request.consistent_read(true).send().await?.item)
    }

    /// The items in the partition of `record` whose sort keys start with `prefix`, in their order and
    /// as they are now.
    pub(in crate::table) fn partition_query(&self, record: &Key, prefix: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", record.partition())
            .expression_attribute_values(":prefix", text(prefix))
            .consistent_read(true)
    }
}

/// At most `limit` of what `query` finds beside a record, after the item with the key `after`; what has
/// expired at `now` is none of it.
pub(in crate::table) async fn kept_page<T, Place>(
    query: QueryFluentBuilder,
    limit: u8,
    after: Option<Key>,
    now: Timestamp,
    place_of: fn(&Item) -> Result<Place, TableError>,
    item_of: fn(Item) -> Result<T, TableError>,
) -> Result<Page<T, Place>, TableError> {
    let limit = usize::from(limit);
    let answer = expiry::at(query.filter_expression(KEPT), now)
        // One more than is wanted shows whether there are more.
        .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
        .set_exclusive_start_key(after.map(Key::into_item))
        .send()
        .await?;
    let read_to = answer.last_evaluated_key.as_ref().map(place_of).transpose()?;
    Page::of(answer.items.unwrap_or_default(), limit, read_to, place_of, |item| item_of(item).map(Some))
}
