//! Runs a transaction, and says which of its conditions failed.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};
use backon::{ExponentialBuilder, Retryable};

use super::{Item, Table, TableError};

/// Why a transaction was not carried out. Nothing of it was written then.
#[derive(Debug)]
pub(super) enum TransactionError {
    /// The conditions of these items, by their position, failed; with what the table held instead.
    Conditions(Vec<FailedCondition>),
    /// Another cause.
    Table(TableError),
}

#[derive(Debug)]
pub(super) struct FailedCondition {
    pub(super) position: usize,
    /// The item as it is, where the write asked for it and there is one.
    pub(super) item: Option<Item>,
}

impl Table {
    /// Writes all of `items` or none. DynamoDB refuses a transaction whose items another one is
    /// just writing (`TransactionConflict`); such a one is tried again, since nobody decided
    /// against it.
    pub(super) async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<(), TransactionError> {
        let attempt = || async {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            Box::pin(request.send()).await.map_err(|error| match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons();
                    let failed = failed_conditions(reasons);
                    if !failed.is_empty() {
                        Attempt::Refused(TransactionError::Conditions(failed))
                    } else if reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")) {
                        Attempt::Conflict(error.into())
                    } else {
                        Attempt::Refused(TransactionError::Table(error.into()))
                    }
                }
                _ => Attempt::Refused(TransactionError::Table(error.into())),
            })
        };
        match attempt.retry(conflict_backoff()).when(|failed| matches!(failed, Attempt::Conflict(_))).await {
            Ok(_) => Ok(()),
            Err(Attempt::Conflict(error)) => Err(TransactionError::Table(error)),
            Err(Attempt::Refused(error)) => Err(error),
        }
    }
}

/// How long to wait before a write that met another one on the same item is tried again.
pub(super) fn conflict_backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(std::time::Duration::from_millis(20))
        .with_max_times(8)
        .with_jitter()
}

enum Attempt {
    Conflict(TableError),
    Refused(TransactionError),
}

fn failed_conditions(reasons: &[CancellationReason]) -> Vec<FailedCondition> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(position, reason)| FailedCondition { position, item: reason.item.clone() })
        .collect()
}
