//! Values as DynamoDB takes them.

use aws_sdk_dynamodb::types::AttributeValue;

/// A number as DynamoDB takes it.
pub(in crate::table) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text as DynamoDB takes it.
pub(in crate::table) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}
