//! Runs an update, and says why it was not carried out.

use aws_sdk_dynamodb::operation::update_item::{
    UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder,
};
use backon::Retryable as _;

use crate::table::{
    error::TableError,
    expression::transaction::conflict_backoff,
    handle::{Item, Table},
};

/// Why an update was not carried out. Nothing was written then.
#[derive(Debug)]
pub(in crate::table) enum WriteError {
    /// Its condition failed; with the item that was there instead, where the update asked for it and
    /// there is one.
    ConditionFailed(Option<Item>),
    /// Another cause.
    Table(TableError),
}

impl Table {
    /// Sends an update. DynamoDB refuses one whose item a transaction is just writing; such a one is
    /// tried again, since nobody decided against it.
    pub(in crate::table) async fn update(
        &self,
        request: UpdateItemFluentBuilder,
    ) -> Result<UpdateItemOutput, WriteError> {
        let attempt = || async { Box::pin(request.clone().send()).await };
        let in_conflict = |error: &aws_sdk_dynamodb::error::SdkError<UpdateItemError, _>| {
            error.as_service_error().is_some_and(UpdateItemError::is_transaction_conflict_exception)
        };
        let sent = attempt.retry(conflict_backoff()).when(in_conflict).await;
        sent.map_err(|error| match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                WriteError::ConditionFailed(failed.item.clone())
            }
            _ => WriteError::Table(error.into()),
        })
    }
}
