//! What has expired: DynamoDB removes it in its own time, and until then it is there no more for who reads.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::{
    table::{expression::value::number, handle::Item, schema::key::EXPIRES_AT},
    values::timestamp::Timestamp,
};

/// The filter that leaves out what has expired; [`at`] says when.
pub(in crate::table) const KEPT: &str = "attribute_not_exists(#expires) OR #expires > :now";

/// `query`, which has [`KEPT`] for a filter or a part of one, at `now`.
pub(in crate::table) fn at(query: QueryFluentBuilder, now: Timestamp) -> QueryFluentBuilder {
    query
        .expression_attribute_names("#expires", EXPIRES_AT)
        .expression_attribute_values(":now", number(now.as_seconds()))
}

/// Whether `item` has expired at `now`.
pub(in crate::table) fn has_expired(item: &Item, now: Timestamp) -> bool {
    let expires = item.get(EXPIRES_AT).and_then(|expires| expires.as_n().ok()?.parse::<i64>().ok());
    expires.is_some_and(|expires| expires <= now.as_seconds())
}
