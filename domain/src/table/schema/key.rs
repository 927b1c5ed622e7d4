//! The keys of the table: the only place that spells them.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use crate::{
    audit::Subject,
    auth::rate::{Rate, Source, Window},
    idempotency::KeyedRequest,
    operation::InquiryKey,
    store::slug::Slug,
    table::{expression::value::text, handle::Item, stores::quota::Quota},
    values::month::Month,
};

pub(in crate::table) const PARTITION: &str = "pk";
pub(in crate::table) const SORT: &str = "sk";

/// The attribute that says what an item is; partition key of the indexes over all items of a kind.
pub(in crate::table) const KIND: &str = "kind";
pub(in crate::table) const KIND_STORE: &str = "Store";
pub(in crate::table) const KIND_TOKEN: &str = "Token";
/// An inquiry that has not ended, or whose answer is kept.
pub(in crate::table) const KIND_INQUIRY: &str = "Inquiry";
/// A deleted store's record. Another kind, so that no index of living stores has it.
pub(in crate::table) const KIND_TOMBSTONE: &str = "Tombstone";

/// On stores and tokens: the head of their audit trail.
pub(in crate::table) const AUDIT: &str = "audit";
/// What an audit entry's `kind` starts with; the month follows.
const KIND_AUDIT: &str = "Audit#";
/// On audit entries: whom what they are about belongs to.
pub(in crate::table) const SUBJECT_OWNER: &str = "subjectOwner";

/// Partition key of `by-owner`, on living stores only.
pub(in crate::table) const OWNER: &str = "owner";
/// Sort key of `by-owner` and `by-kind`.
pub(in crate::table) const CREATED: &str = "created";
/// Sort key of `due`, on stores and inquiries that are not at rest only.
pub(in crate::table) const DUE_AT: &str = "dueAt";
/// When DynamoDB may drop the item, in seconds since the Unix epoch.
pub(in crate::table) const EXPIRES_AT: &str = "expiresAt";

/// What the partition keys of tokens start with.
pub(in crate::table) const TOKEN_PREFIX: &str = "TOKEN#";

pub(in crate::table) const INDEX_BY_OWNER: &str = "by-owner";
pub(in crate::table) const INDEX_BY_KIND: &str = "by-kind";
pub(in crate::table) const INDEX_DUE: &str = "due";

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::table) struct Key {
    pub(in crate::table) partition: String,
    pub(in crate::table) sort: String,
}

impl Key {
    pub(in crate::table) fn store(id: &Slug) -> Self {
        Self { partition: format!("STORE#{id}"), sort: "STORE".into() }
    }

    /// The id of the store whose item, or index entry, has this key.
    pub(in crate::table) fn store_id(item: &Item) -> Option<Slug> {
        let partition = item.get(PARTITION)?.as_s().ok()?;
        Slug::parse(partition.strip_prefix("STORE#")?).ok()
    }

    pub(in crate::table) fn event(id: &Slug, uid: Uuid, event: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: format!("{}{event}", event_prefix(uid)) }
    }

    /// The id of the event whose item has this key.
    pub(in crate::table) fn event_id(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("EVENT#")?.split_once('#')?.1.parse().ok()
    }

    pub(in crate::table) fn operation(id: &Slug, uid: Uuid, operation: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: format!("{}{operation}", operation_prefix(uid)) }
    }

    /// The id of the operation whose item has this key.
    pub(in crate::table) fn operation_id(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("OPERATION#")?.split_once('#')?.1.parse().ok()
    }

    /// The operation that answers the inquiry.
    pub(in crate::table) fn inquiry(InquiryKey { store, uid, operation }: &InquiryKey) -> Self {
        Self::operation(store, *uid, *operation)
    }

    /// The inquiry whose operation's item, or index entry, has this key.
    pub(in crate::table) fn inquiry_key(item: &Item) -> Option<InquiryKey> {
        let sort = item.get(SORT)?.as_s().ok()?.strip_prefix("OPERATION#")?;
        let (uid, operation) = sort.split_once('#')?;
        let store = Self::store_id(item)?;
        Some(InquiryKey { store, uid: uid.parse().ok()?, operation: operation.parse().ok()? })
    }

    /// The answer to the inquiry.
    pub(in crate::table) fn answer(InquiryKey { store, uid, operation }: &InquiryKey) -> Self {
        Self { partition: format!("STORE#{store}"), sort: format!("ANSWER#{uid}#{operation}") }
    }

    pub(in crate::table) fn failure_log(id: &Slug, uid: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: failure_log_key(uid) }
    }

    /// The health of one incarnation: beside its store.
    pub(in crate::table) fn health(id: &Slug, uid: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: health_key(uid) }
    }

    /// The incarnation whose health has this key.
    pub(in crate::table) fn health_uid(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("HEALTH#")?.parse().ok()
    }

    /// The passes over the health of all stores.
    pub(in crate::table) fn pass() -> Self {
        Self { partition: "HEALTH".into(), sort: "PASS".into() }
    }

    pub(in crate::table) fn quota(quota: Quota<'_>) -> Self {
        let partition = match quota {
            Quota::Platform => "QUOTA#platform".into(),
            Quota::Owner(owner) => format!("QUOTA#owner#{owner}"),
        };
        Self { partition, sort: "QUOTA".into() }
    }

    pub(in crate::table) fn idempotency(request: &KeyedRequest) -> Self {
        // No principal's name has a `#`, so what follows the second one is the key, whatever is in it.
        let partition = format!("IDEMPOTENCY#{}#{}", request.principal, request.key);
        Self { partition, sort: "IDEMPOTENCY".into() }
    }

    pub(in crate::table) fn token(id: impl Display) -> Self {
        Self { partition: format!("{TOKEN_PREFIX}{id}"), sort: "TOKEN".into() }
    }

    pub(in crate::table) fn rate(rate: Rate, source: Source, window: Window) -> Self {
        Self { partition: format!("RATE#{rate}#{source}"), sort: window.to_string() }
    }

    /// An entry of the audit trail: beside its subject, in the order of its chain.
    pub(in crate::table) fn audit(subject: &Subject, sequence: u64) -> Self {
        let partition = match subject {
            Subject::Store { id, .. } => Self::store(id).partition,
            Subject::Token { id, .. } => Self::token(id).partition,
        };
        Self { partition, sort: format!("{}{sequence:012}", audit_prefix(subject)) }
    }

    /// The key as an item's attributes.
    pub(in crate::table) fn into_item(self) -> Item {
        Item::from([(PARTITION.into(), text(self.partition)), (SORT.into(), text(self.sort))])
    }

    pub(in crate::table) fn partition(&self) -> AttributeValue {
        text(&self.partition)
    }
}

/// What the sort keys of one incarnation's events start with.
pub(in crate::table) fn event_prefix(uid: Uuid) -> String {
    format!("EVENT#{uid}#")
}

/// What the sort keys of the operations on one incarnation start with.
pub(in crate::table) fn operation_prefix(uid: Uuid) -> String {
    format!("OPERATION#{uid}#")
}

/// The sort key of the log of what failed one incarnation.
pub(in crate::table) fn failure_log_key(uid: Uuid) -> String {
    format!("FAILURELOG#{uid}")
}

/// The sort key of one incarnation's health.
pub(in crate::table) fn health_key(uid: Uuid) -> String {
    format!("HEALTH#{uid}")
}

/// What the sort keys of all audit entries start with.
pub(in crate::table) const AUDIT_PREFIX: &str = "AUDIT#";

/// What the sort keys of one subject's audit entries start with. Those of a store's incarnations
/// follow one another, since the uid is time-ordered.
pub(in crate::table) fn audit_prefix(subject: &Subject) -> String {
    match subject {
        Subject::Store { uid, .. } => audit_prefix_of(*uid),
        Subject::Token { id, .. } => format!("{AUDIT_PREFIX}{id}#"),
    }
}

/// The same for one incarnation of a store.
pub(in crate::table) fn audit_prefix_of(uid: Uuid) -> String {
    format!("{AUDIT_PREFIX}{uid}#")
}

/// The `kind` of audit entries of this month.
pub(in crate::table) fn audit_kind(month: Month) -> String {
    format!("{KIND_AUDIT}{month}")
}
