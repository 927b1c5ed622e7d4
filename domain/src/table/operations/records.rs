//! Operations as items of the table: each beside its store, as it is after each transition.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::TransactWriteItem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    operation::{
        End, Operation, OperationFailure, OperationRequest, OperationResult, OperationStatus, Outcome,
        PendingOperation,
    },
    store::{slug::Slug, transition::Transition},
    table::{
        error::TableError,
        expression::{expiry::has_expired, page::Page, query::kept_page},
        handle::{Item, Table},
        schema::key::{Key, StoreItemKind},
    },
    values::timestamp::Timestamp,
};

/// The attributes of an operation's item beside its key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationItem {
    /// For whoever reads the table: it follows from what else is there.
    status: OperationStatus,
    #[serde(flatten)]
    operation: PendingOperation<OperationRequest>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    result: Option<OperationResult>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<OperationFailure>,
}

/// The item of an operation on incarnation `uid` of the store `id`.
pub(in crate::table) fn to_item(id: &Slug, uid: Uuid, operation: &Operation) -> Result<Item, TableError> {
    let (ended, result, failure) = match operation.end.clone() {
        None => (None, None, None),
        Some(End { at, outcome: Outcome::Succeeded(result) }) => (Some(at), Some(result), None),
        Some(End { at, outcome: Outcome::Failed(failure) }) => (Some(at), None, Some(failure)),
    };
    let Operation { id: of, request, requested_by, requested, started, waiting, end: _ } = operation.clone();
    let asked = PendingOperation { id: of, request, requested_by, requested, started, waiting };
    let mut item: Item = serde_dynamo::to_item(OperationItem {
        status: operation.status(),
        operation: asked,
        ended,
        result,
        failure,
    })?;
    item.extend(Key::operation(id, uid, operation.id).into_item());
    Ok(item)
}

/// The operation that `item` holds.
pub(in crate::table) fn from_item(item: Item) -> Result<Operation, TableError> {
    let OperationItem { status: _, operation, ended, result, failure } = serde_dynamo::from_item(item)?;
    let broken = || TableError::Operation { operation: operation.id };
    let outcome = match (result, failure) {
        (None, None) => None,
        (Some(result), None) => Some(Outcome::Succeeded(result)),
        (None, Some(failure)) => Some(Outcome::Failed(failure)),
        (Some(_), Some(_)) => return Err(broken()),
    };
    let end = match (ended, outcome) {
        (None, None) => None,
        (Some(at), Some(outcome)) => Some(End { at, outcome }),
        (None, Some(_)) | (Some(_), None) => return Err(broken()),
    };
    Ok(Operation { end, ..operation.into() })
}

impl Table {
    /// The operation `operation` on incarnation `uid` of the store `id`, unless it has expired at `now`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn operation(
        &self,
        id: &Slug,
        uid: Uuid,
        operation: Uuid,
        now: Timestamp,
    ) -> Result<Option<Operation>, TableError> {
        let item = self.read(Key::operation(id, uid, operation)).await?;
        item.filter(|item| !has_expired(item, now)).map(from_item).transpose()
    }

    /// At most `limit` operations on incarnation `uid` of the store `id`, newest first, after the
    /// operation `after`; what has expired at `now` is none of them.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn operation_page(
        &self,
        id: &Slug,
        uid: Uuid,
        limit: u8,
        after: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Page<Operation, Uuid>, TableError> {
        let newest_first = self.operations(id, uid).scan_index_forward(false);
        let after = after.map(|operation| Key::operation(id, uid, operation));
        kept_page(newest_first, limit, after, now, place_of, from_item).await
    }

    fn operations(&self, id: &Slug, uid: Uuid) -> QueryFluentBuilder {
        self.partition_query(&Key::store(id), &StoreItemKind::Operation.prefix(uid))
    }

    /// The parts of a transaction with `transition` that keep the operation it is about, if it is about one, and the one
    /// that this takes the place of: another part must be the transition itself.
    pub(in crate::table) fn operation_puts(
        &self,
        id: &Slug,
        uid: Uuid,
        transition: &Transition,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        transition.operations().map(|operation| self.put(to_item(id, uid, &operation)?)).collect()
    }
}

/// The operation whose item, or key, this is.
fn place_of(item: &Item) -> Result<Uuid, TableError> {
    Key::operation_id(item).ok_or(TableError::OperationKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{ExclusiveRequest, Guard, RestartTarget, Workload},
    };

    fn one_of_each() -> [Operation; 4] {
        let (ada, now) = (PrincipalName::parse("ada").unwrap(), Timestamp::now());
        let asked = PendingOperation::requested(
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
            ada,
            now,
        );
        let begun = asked.clone().begun(now);
        let ended = |outcome| begun.clone().ended(End { at: now, outcome });
        [
            asked.into(),
            begun.clone().into(),
            ended(Outcome::Succeeded(OperationResult::Restarted(vec![Workload::Mysql]))),
            ended(Outcome::cut_off()),
        ]
    }

    fn item(operation: &Operation) -> Item {
        to_item(&Slug::parse("my-shop").unwrap(), Uuid::now_v7(), operation).unwrap()
    }

    #[test]
    fn an_operation_is_read_as_it_was_written() {
        for operation in one_of_each() {
            let item = item(&operation);
            assert_eq!(place_of(&item).unwrap(), operation.id);
            assert_eq!(from_item(item).unwrap(), operation);
        }
    }

    #[test]
    fn an_end_without_a_time_or_without_what_it_was_is_an_error_and_not_a_guess() {
        let [.., succeeded, failed] = one_of_each().map(|operation| item(&operation));
        for (ended, attribute) in
            [(&succeeded, "ended"), (&succeeded, "result"), (&failed, "ended"), (&failed, "failure")]
        {
            let mut item = ended.clone();
            item.remove(attribute);
            assert!(matches!(from_item(item), Err(TableError::Operation { .. })), "without {attribute}");
        }
    }
}
