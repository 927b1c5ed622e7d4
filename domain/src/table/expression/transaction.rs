//! Runs a transaction, and says which of its conditions failed.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, Put, TransactWriteItem},
};
use backon::{ExponentialBuilder, Retryable};

use crate::table::{
    error::TableError,
    handle::{Item, Table},
};

/// Why a transaction was not carried out. Nothing of it was written then.
#[derive(Debug)]
pub(in crate::table) enum TransactionError {
    /// The conditions of these items, by their position, failed; with what the table held instead.
    Conditions(Vec<FailedCondition>),
    /// Another cause.
    Table(TableError),
}

#[derive(Debug)]
pub(in crate::table) struct FailedCondition {
    pub(in crate::table) position: usize,
    /// The item as it is, where the write asked for it and there is one.
    pub(in crate::table) item: Option<Item>,
}

impl Table {
    /// The part of a transaction that writes `item` as a whole, whatever was there.
    pub(in crate::table) fn put(&self, item: Item) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder().table_name(&self.name).set_item(Some(item)).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes all of `items` or none. DynamoDB refuses a transaction whose items another one is
    /// just writing (`TransactionConflict`); such a one is tried again, since nobody decided
    /// against it. Also when a condition failed beside it: the other one may be about to give a better
    /// reason.
    pub(in crate::table) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
    ) -> Result<(), TransactionError> {
        let attempt = || async {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            Box::pin(request.send()).await.map_err(|error| match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons();
                    let in_conflict =
                        reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
                    let failed = failed_conditions(reasons);
                    let error = if failed.is_empty() {
                        TransactionError::Table(error.into())
                    } else {
                        TransactionError::Conditions(failed)
                    };
                    Refused { error, in_conflict }
                }
                _ => Refused { error: TransactionError::Table(error.into()), in_conflict: false },
            })
        };
        let sent = attempt.retry(conflict_backoff()).when(|refused| refused.in_conflict).await;
        sent.map(drop).map_err(|refused| refused.error)
    }
}

/// How long to wait before a write that met another one on the same item is tried again.
pub(in crate::table) fn conflict_backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(std::time::Duration::from_millis(20))
        .with_max_delay(std::time::Duration::from_millis(640))
        .with_max_times(8)
        .with_jitter()
}

/// Why one attempt was refused.
struct Refused {
    error: TransactionError,
    /// Whether another transaction was at one of the items.
    in_conflict: bool,
}

fn failed_conditions(reasons: &[CancellationReason]) -> Vec<FailedCondition> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(position, reason)| FailedCondition { position, item: reason.item.clone() })
        .collect()
}
