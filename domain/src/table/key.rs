//! The keys of the table: the only place that spells them.

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use super::{Item, text};
use crate::{
    rate::{Rate, Source, Window},
    slug::Slug,
};

pub(super) const PARTITION: &str = "pk";
pub(super) const SORT: &str = "sk";

/// The attribute that says what an item is; partition key of the indexes over all items of a kind.
pub(super) const KIND: &str = "kind";
pub(super) const KIND_STORE: &str = "Store";
/// A deleted store's record. Another kind, so that no index of living stores has it.
pub(super) const KIND_TOMBSTONE: &str = "Tombstone";

/// Partition key of `by-owner`, on living stores only.
pub(super) const OWNER: &str = "owner";
/// Sort key of `by-owner` and `by-kind`.
pub(super) const CREATED: &str = "created";
/// Sort key of `due`, on stores that are not at rest only.
pub(super) const DUE_AT: &str = "dueAt";
/// When DynamoDB may drop the item, in seconds since the Unix epoch.
pub(super) const EXPIRES_AT: &str = "expiresAt";

pub(super) const INDEX_BY_OWNER: &str = "by-owner";
pub(super) const INDEX_BY_KIND: &str = "by-kind";
pub(super) const INDEX_DUE: &str = "due";

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) partition: String,
    pub(super) sort: String,
}

impl Key {
    pub(super) fn store(id: &Slug) -> Self {
        Self { partition: format!("STORE#{id}"), sort: "STORE".into() }
    }

    /// The id of the store whose item, or index entry, has this key.
    pub(super) fn store_id(item: &Item) -> Option<Slug> {
        let partition = item.get(PARTITION)?.as_s().ok()?;
        Slug::parse(partition.strip_prefix("STORE#")?).ok()
    }

    pub(super) fn event(id: &Slug, uid: Uuid, event: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: format!("{}{event}", event_prefix(uid)) }
    }

    /// The id of the event whose item has this key.
    pub(super) fn event_id(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("EVENT#")?.split_once('#')?.1.parse().ok()
    }

    pub(super) fn platform_quota() -> Self {
        Self { partition: "QUOTA#platform".into(), sort: "QUOTA".into() }
    }

    pub(super) fn token(id: &str) -> Self {
        Self { partition: format!("TOKEN#{id}"), sort: "TOKEN".into() }
    }

    pub(super) fn rate(rate: Rate, source: Source, window: Window) -> Self {
        Self { partition: format!("RATE#{rate}#{source}"), sort: window.to_string() }
    }

    /// The key as an item's attributes.
    pub(super) fn into_item(self) -> Item {
        Item::from([(PARTITION.into(), text(self.partition)), (SORT.into(), text(self.sort))])
    }

    pub(super) fn partition(&self) -> AttributeValue {
        text(&self.partition)
    }
}

/// What the sort keys of one incarnation's events start with.
pub(super) fn event_prefix(uid: Uuid) -> String {
    format!("EVENT#{uid}#")
}
