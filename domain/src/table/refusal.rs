//! Why an update was not carried out.

use aws_sdk_dynamodb::{error::SdkError, operation::update_item::UpdateItemError};

use super::{Item, TableError};

/// Why an update was not carried out. Nothing was written then.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Its condition failed; with the item that was there instead, where the update asked for it and
    /// there is one.
    Condition(Option<Item>),
    /// Another cause.
    Table(TableError),
}

/// Tells a failed condition from everything else.
pub(super) fn refusal<R>(error: SdkError<UpdateItemError, R>) -> Refusal
where
    aws_sdk_dynamodb::Error: From<SdkError<UpdateItemError, R>>,
{
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
            Refusal::Condition(failed.item.clone())
        }
        _ => Refusal::Table(error.into()),
    }
}
