//! The keys of the table: the only place that spells them.

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use crate::{
    audit::Subject,
    auth::rate::{Rate, Source, Window},
    idempotency::KeyedRequest,
    operation::OperationKey,
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
/// A read-only operation that has not ended, or whose answer is kept.
pub(in crate::table) const KIND_READ_ONLY: &str = "Inquiry";
/// An endpoint of webhooks.
pub(in crate::table) const KIND_WEBHOOK: &str = "Webhook";
/// A notice; in the index `due` until it was handed on.
pub(in crate::table) const KIND_NOTICE: &str = "Notice";
/// A delivery of a notice; in the index `due` until it is over.
pub(in crate::table) const KIND_DELIVERY: &str = "Delivery";
/// An entry of what needs somebody.
pub(in crate::table) const KIND_ATTENTION: &str = "Attention";
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
/// Sort key of `due` and `attention`, on what is not at rest only: stores, read-only operations, and entries of what needs
/// somebody.
pub(in crate::table) const DUE_AT: &str = "dueAt";
/// Partition key of `attention`, on entries of what needs somebody only.
pub(in crate::table) const ATTENTION_OWNER: &str = "attentionOwner";
/// When DynamoDB may drop the item, in seconds since the Unix epoch.
pub(in crate::table) const EXPIRES_AT: &str = "expiresAt";

/// On stores that are up and do not run.
pub(in crate::table) const POWER: &str = "power";

/// On stores that are suspended.
pub(in crate::table) const SUSPENSION: &str = "suspension";

/// On stores of which it is known: what they are made of.
pub(in crate::table) const RELEASE: &str = "release";

/// On stores that are up, run, and were not seen to be healthy: how they were seen last.
pub(in crate::table) const HEALTH: &str = "health";

/// What the partition keys of tokens start with.
pub(in crate::table) const TOKEN_PREFIX: &str = "TOKEN#";
/// What the partition keys of endpoints of webhooks start with.
pub(in crate::table) const WEBHOOK_PREFIX: &str = "WEBHOOK#";
/// What the sort keys of deliveries start with; the id of the notice follows.
pub(in crate::table) const DELIVERY_PREFIX: &str = "DELIVERY#";

pub(in crate::table) const INDEX_BY_OWNER: &str = "by-owner";
pub(in crate::table) const INDEX_BY_KIND: &str = "by-kind";
pub(in crate::table) const INDEX_DUE: &str = "due";
pub(in crate::table) const INDEX_ATTENTION: &str = "attention";

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
        Self {
            partition: format!("STORE#{id}"),
            sort: format!("{}{event}", StoreItemKind::Event.prefix(uid)),
        }
    }

    /// The id of the event whose item has this key.
    pub(in crate::table) fn event_id(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("EVENT#")?.split_once('#')?.1.parse().ok()
    }

    pub(in crate::table) fn operation(id: &Slug, uid: Uuid, operation: Uuid) -> Self {
        Self {
            partition: format!("STORE#{id}"),
            sort: format!("{}{operation}", StoreItemKind::Operation.prefix(uid)),
        }
    }

    /// The id of the operation whose item has this key.
    pub(in crate::table) fn operation_id(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("OPERATION#")?.split_once('#')?.1.parse().ok()
    }

    /// The operation of this key.
    pub(in crate::table) fn read_only(OperationKey { store, uid, operation }: &OperationKey) -> Self {
        Self::operation(store, *uid, *operation)
    }

    /// The operation whose item, or index entry, has this key.
    pub(in crate::table) fn operation_key(item: &Item) -> Option<OperationKey> {
        let sort = item.get(SORT)?.as_s().ok()?.strip_prefix("OPERATION#")?;
        let (uid, operation) = sort.split_once('#')?;
        let store = Self::store_id(item)?;
        Some(OperationKey { store, uid: uid.parse().ok()?, operation: operation.parse().ok()? })
    }

    /// The answer to the operation.
    pub(in crate::table) fn answer(OperationKey { store, uid, operation }: &OperationKey) -> Self {
        Self {
            partition: format!("STORE#{store}"),
            sort: format!("{}{operation}", StoreItemKind::Answer.prefix(*uid)),
        }
    }

    pub(in crate::table) fn failure_log(id: &Slug, uid: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: StoreItemKind::FailureLog.prefix(uid) }
    }

    /// The health of one incarnation: beside its store.
    pub(in crate::table) fn health(id: &Slug, uid: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: StoreItemKind::Health.prefix(uid) }
    }

    /// What needs somebody of one incarnation of a store, at its place among such.
    pub(in crate::table) fn attention(id: &Slug, uid: Uuid, place: &str) -> Self {
        Self {
            partition: format!("STORE#{id}"),
            sort: format!("{}{place}", StoreItemKind::Attention.prefix(uid)),
        }
    }

    /// The key of `item`.
    pub(in crate::table) fn of(item: &Item) -> Option<Self> {
        let text = |name| Some(item.get(name)?.as_s().ok()?.clone());
        Some(Self { partition: text(PARTITION)?, sort: text(SORT)? })
    }

    /// The incarnation whose health has this key.
    pub(in crate::table) fn health_uid(item: &Item) -> Option<Uuid> {
        item.get(SORT)?.as_s().ok()?.strip_prefix("HEALTH#")?.parse().ok()
    }

    /// The sweeps over the health of all stores.
    pub(in crate::table) fn health_sweeps() -> Self {
        Self { partition: "HEALTH".into(), sort: "PASS".into() }
    }

    /// What new stores are made of.
    pub(in crate::table) fn announced_release() -> Self {
        Self { partition: "RELEASE".into(), sort: "TODAY".into() }
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

    pub(in crate::table) fn webhook(id: impl Display) -> Self {
        Self { partition: format!("{WEBHOOK_PREFIX}{id}"), sort: "WEBHOOK".into() }
    }

    /// Who is to be notified of the stores of one owner, or of all (`*`): the ids of the endpoints.
    pub(in crate::table) fn listeners(scope: impl Display) -> Self {
        Self { partition: format!("LISTENERS#{scope}"), sort: "LISTENERS".into() }
    }

    /// How many calls an endpoint has to answer at present.
    pub(in crate::table) fn webhook_slots(id: impl Display) -> Self {
        Self { partition: format!("{WEBHOOK_PREFIX}{id}"), sort: "SLOTS".into() }
    }

    pub(in crate::table) fn delivery(endpoint: impl Display, notice: Uuid) -> Self {
        let sort = format!("{DELIVERY_PREFIX}{notice}");
        Self { partition: format!("{WEBHOOK_PREFIX}{endpoint}"), sort }
    }

    /// A notice, among those of one owner's stores, in the order of time.
    pub(in crate::table) fn notice(audience: impl Display, notice: Uuid) -> Self {
        Self { partition: format!("NOTICES#{audience}"), sort: notice.to_string() }
    }

    /// How many notices there were of this incarnation.
    pub(in crate::table) fn notice_count(id: &Slug, uid: Uuid) -> Self {
        Self { partition: format!("STORE#{id}"), sort: StoreItemKind::NoticeCount.prefix(uid) }
    }

    pub(in crate::table) fn rate(rate: Rate, source: Source, window: Window) -> Self {
        Self { partition: format!("RATE#{rate}#{source}"), sort: window.to_string() }
    }

    /// An entry of the audit trail: beside its subject, in the order of its chain.
    pub(in crate::table) fn audit(subject: &Subject, sequence: u64) -> Self {
        let partition = match subject {
            Subject::Store { id, .. } => Self::store(id).partition,
            Subject::Token { id, .. } => Self::token(id).partition,
            Subject::Webhook { id, .. } => Self::webhook(id).partition,
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

/// The kinds of items that one incarnation of a store has beside its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub(in crate::table) enum StoreItemKind {
    Event,
    Operation,
    Answer,
    FailureLog,
    Health,
    Attention,
    Audit,
    NoticeCount,
}

/// When an item of a store expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::table) enum Retention {
    /// With the record of the store, once that is deleted: see `expire_history`.
    WithStore,
    /// At a time of its own, which it has from the start.
    Own,
    /// It is taken away once the store is deleted: it must be in no index then.
    Removed,
}

impl StoreItemKind {
    /// What the sort keys of this kind's items of the incarnation `uid` start with. There is one health and one log of
    /// a failure: that is the whole key then.
    pub(in crate::table) fn prefix(self, uid: Uuid) -> String {
        match self {
            Self::Event => format!("EVENT#{uid}#"),
            Self::Operation => format!("OPERATION#{uid}#"),
            Self::Answer => format!("ANSWER#{uid}#"),
            Self::FailureLog => format!("FAILURELOG#{uid}"),
            Self::Health => format!("HEALTH#{uid}"),
            Self::Attention => format!("ATTENTION#{uid}#"),
            // Those of a store's incarnations follow one another, since the uid is time-ordered.
            Self::Audit => format!("{AUDIT_PREFIX}{uid}#"),
            Self::NoticeCount => format!("NOTICECOUNT#{uid}"),
        }
    }

    /// When its items expire.
    pub(in crate::table) fn retention(self) -> Retention {
        match self {
            Self::Event
            | Self::Operation
            | Self::FailureLog
            | Self::Health
            | Self::Audit
            | Self::NoticeCount => Retention::WithStore,
            Self::Answer => Retention::Own,
            Self::Attention => Retention::Removed,
        }
    }
}

/// What the sort keys of all audit entries start with.
pub(in crate::table) const AUDIT_PREFIX: &str = "AUDIT#";

/// What the sort keys of one subject's audit entries start with.
pub(in crate::table) fn audit_prefix(subject: &Subject) -> String {
    match subject {
        Subject::Store { uid, .. } => StoreItemKind::Audit.prefix(*uid),
        Subject::Token { id, .. } => format!("{AUDIT_PREFIX}{id}#"),
        Subject::Webhook { id, .. } => format!("{AUDIT_PREFIX}{id}#"),
    }
}

/// The `kind` of audit entries of this month.
pub(in crate::table) fn audit_kind(month: Month) -> String {
    format!("{KIND_AUDIT}{month}")
}
