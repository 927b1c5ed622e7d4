//! An entry as an item, and the writes that bring and end it.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    attention::{Attention, Cause, FailedOperation, OPERATION_FOR},
    health::HealthChange,
    operation::{
        OperationRequest, Outcome,
        kind::{ExclusiveKind, OperationKind},
    },
    store::{slug::Slug, state::State, status::Status, transition::Transition},
    table::{
        error::TableError,
        expression::{change::Change, expiry::has_expired},
        handle::{Item, Table},
        schema::key::{KIND_ATTENTION, Key, StoreItemKind},
    },
    values::{kept_text, timestamp::Timestamp},
};

/// The attributes of the item beside its key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttentionItem {
    /// Partition key of `due`.
    kind: String,
    /// Partition key of `attention`. Not called `owner`, which is that of the stores' index.
    attention_owner: String,
    /// Sort key of both: since when it needs somebody.
    due_at: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<i64>,
    #[serde(flatten)]
    attention: Attention,
}

/// Which of a store's entries: of each there is one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::table) enum Place {
    Failure,
    Health,
    Operation(ExclusiveKind),
}

impl Place {
    fn name(self) -> String {
        match self {
            Self::Failure => "failure".into(),
            Self::Health => "health".into(),
            Self::Operation(kind) => format!("operation-{}", OperationKind::from(kind)),
        }
    }
}

/// The item of `attention`, which `owner` sees, until `expires` where it ends by itself.
fn to_item(
    owner: &str,
    place: Place,
    attention: &Attention,
    expires: Option<Timestamp>,
) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(AttentionItem {
        kind: KIND_ATTENTION.into(),
        attention_owner: owner.to_owned(),
        due_at: attention.since.as_milliseconds(),
        expires_at: expires.map(Timestamp::as_seconds),
        attention: attention.clone(),
    })?;
    item.extend(key(&attention.id, attention.uid, place).into_item());
    Ok(item)
}

fn key(id: &Slug, uid: Uuid, place: Place) -> Key {
    Key::attention(id, uid, &place.name())
}

/// The entry that `item` holds.
pub(in crate::table) fn from_item(item: Item) -> Result<Attention, TableError> {
    let item: AttentionItem = serde_dynamo::from_item(item)?;
    Ok(item.attention)
}

impl Table {
    /// The entries of incarnation `uid` of the store `id` that are kept at `now`, each with its key.
    pub(in crate::table) async fn attention_of(
        &self,
        id: &Slug,
        uid: Uuid,
        now: Timestamp,
    ) -> Result<Vec<(Key, Attention)>, TableError> {
        let query = self.partition_query(&Key::store(id), &StoreItemKind::Attention.prefix(uid));
        let items = query.send().await?.items.unwrap_or_default();
        let kept = items.into_iter().filter(|item| !has_expired(item, now));
        kept.map(|item| Ok((Key::of(&item).ok_or(TableError::AttentionKey)?, from_item(item)?))).collect()
    }

    /// The parts of a transaction with `transition` that bring what needs somebody from then on, and end what does no
    /// more: another part must be the transition itself.
    pub(in crate::table) fn attention_parts(
        &self,
        id: &Slug,
        uid: Uuid,
        owner: &str,
        transition: &Transition,
    ) -> Result<Vec<TransactWriteItem>, TableError> {
        let mut parts = Vec::new();
        match transition.to() {
            State::Failed(failed) if transition.from() != Status::Failed => {
                let attention = Attention {
                    id: id.clone(),
                    uid,
                    cause: Cause::Failed,
                    since: failed.failure.at,
                    why: failed.failure.message.clone(),
                    operation: None,
                    mute: None,
                };
                parts.push(self.put(to_item(owner, Place::Failure, &attention, None)?)?);
            }
            State::Provisioning(_) | State::Ready(_) | State::Deleting(_) | State::Deleted(_)
                if transition.from() == Status::Failed =>
            {
                parts.push(self.remove(key(id, uid, Place::Failure))?);
            }
            State::Provisioning(_)
            | State::Ready(_)
            | State::Failed(_)
            | State::Deleting(_)
            | State::Deleted(_) => {}
        }
        // What a deletion cuts off needs nobody.
        let Some(operation) = transition.operation().filter(|_| transition.to().status() == Status::Ready)
        else {
            return Ok(parts);
        };
        let (OperationRequest::Exclusive(request), Some(end)) = (&operation.request, &operation.end) else {
            return Ok(parts);
        };
        let (work, place) =
            (OperationKind::from(request.kind()).to_string(), Place::Operation(request.kind()));
        parts.push(match &end.outcome {
            Outcome::Succeeded(_) => self.remove(key(id, uid, place))?,
            Outcome::Failed(failure) => {
                let attention = Attention {
                    id: id.clone(),
                    uid,
                    cause: Cause::OperationFailed,
                    since: end.at,
                    why: failure.message.clone(),
                    operation: Some(FailedOperation { id: operation.id, work }),
                    mute: None,
                };
                self.put(to_item(owner, place, &attention, Some(end.at.plus(OPERATION_FOR)))?)?
            }
        });
        Ok(parts)
    }

    /// The part of a transaction with `change` of a store's health that brings the entry of it, changes or ends it; `None`
    /// where there is nothing to list.
    pub(in crate::table) fn attention_of_health(
        &self,
        change: &HealthChange,
    ) -> Result<Option<TransactWriteItem>, TableError> {
        let HealthChange { id, uid, owner, from: _, record, event } = change;
        let is_another = event.is_some();
        let Some(cause) = Cause::of(record.health.assessment) else {
            return is_another.then(|| self.remove(key(id, *uid, Place::Health))).transpose();
        };
        let attention = Attention {
            id: id.clone(),
            uid: *uid,
            cause,
            since: record.since,
            why: kept_text::sentence(record.health.reasons.join(" ")),
            operation: None,
            mute: None,
        };
        let item = to_item(owner, Place::Health, &attention, None)?;
        if is_another {
            // A mute is of what somebody has seen: it ends with it.
            return self.put(item).map(Some);
        }
        let keys = key(id, *uid, Place::Health);
        let of_key = keys.clone().into_item();
        let attributes = item.into_iter().filter(|(name, _)| !of_key.contains_key(name));
        let change = attributes.fold(Change::of(keys), |change, (name, value)| change.set(&name, value));
        Ok(Some(change.in_transaction(self)?))
    }

    /// Takes away what is kept of incarnation `uid` of the store `id`, which is gone.
    pub(in crate::table) async fn end_attention(&self, id: &Slug, uid: Uuid) -> Result<(), TableError> {
        for (key, _) in self.attention_of(id, uid, Timestamp::epoch()).await? {
            let request = self.client.delete_item().table_name(&self.name);
            request.set_key(Some(key.into_item())).send().await?;
        }
        Ok(())
    }

    fn remove(&self, key: Key) -> Result<TransactWriteItem, TableError> {
        let delete = Delete::builder().table_name(&self.name).set_key(Some(key.into_item())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
