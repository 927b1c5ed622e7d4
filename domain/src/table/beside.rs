//! Reads what lies beside a record, in its partition.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{
    Table,
    key::{Key, PARTITION, SORT},
    text,
};

impl Table {
    /// The items in the partition of `record` whose sort keys start with `prefix`, in their order and
    /// as they are now.
    pub(super) fn beside(&self, record: &Key, prefix: &str) -> QueryFluentBuilder {
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
