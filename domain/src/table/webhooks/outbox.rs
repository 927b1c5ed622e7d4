//! The outbox: notices, written in the transaction that makes them true.

use aws_sdk_dynamodb::types::TransactWriteItem;
use uuid::Uuid;

use crate::{
    store::slug::Slug,
    table::{
        error::TableError,
        expression::{
            change::Change,
            transaction::TransactionError,
            value::{number, text},
            write::WriteError,
        },
        handle::{Item, Table},
        schema::key::{CREATED, DUE_AT, EXPIRES_AT, INDEX_BY_KIND, KIND, KIND_NOTICE, Key, PARTITION, SORT},
        stores::{due, quota::COUNT},
    },
    values::timestamp::Timestamp,
    webhook::{
        delivery::KEPT,
        endpoint::Scope,
        notice::{Notice, NoticeKey, NoticeSubject},
        occurrence::Occurrence,
    },
};

/// How often a transaction is tried beside which another notice of the store was written: by a health sweep or a
/// read-only operation at most.
const TRIES: usize = 10;

/// The attribute with the notice, as JSON.
const NOTICE: &str = "notice";

/// What endpoints are to be notified of, of one store.
pub(in crate::table) struct OutboxEntry<'a> {
    pub(in crate::table) id: &'a Slug,
    pub(in crate::table) uid: Uuid,
    pub(in crate::table) owner: &'a str,
    pub(in crate::table) occurrences: Vec<Occurrence>,
}

fn place(key: &NoticeKey) -> Key {
    Key::notice(&key.audience, key.notice)
}

/// A notice that was not handed on in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueNotice {
    /// Which.
    pub key: NoticeKey,
    due: Timestamp,
}

impl Table {
    /// Carries out a transaction, and writes its notices in it, where anybody is to be notified. The `items`
    /// come first: a failed condition has the position that it has among them.
    pub(in crate::table) async fn transact_with_outbox(
        &self,
        items: Vec<TransactWriteItem>,
        entries: &[OutboxEntry<'_>],
        now: Timestamp,
    ) -> Result<(), TransactionError> {
        let own = items.len();
        for last in (0..TRIES).map(|attempt| attempt + 1 == TRIES) {
            let mut parts = items.clone();
            let mut written = Vec::new();
            for entry in entries.iter().filter(|entry| !entry.occurrences.is_empty()) {
                let notices = Box::pin(self.add_notices(entry, now, &mut parts)).await;
                written.extend(notices.map_err(TransactionError::Table)?);
            }
            match Box::pin(self.transact(parts)).await {
                Ok(()) => {
                    written.into_iter().for_each(|key| self.hint(key));
                    return Ok(());
                }
                Err(TransactionError::Conditions(mut failed)) if !last => {
                    failed.retain(|condition| condition.position < own);
                    // Where nothing else stood in the way, only the number was taken.
                    if !failed.is_empty() {
                        return Err(TransactionError::Conditions(failed));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Adds the notices of a store to `parts`, unless nobody is to be notified.
    async fn add_notices(
        &self,
        OutboxEntry { id, uid, owner, occurrences }: &OutboxEntry<'_>,
        now: Timestamp,
        parts: &mut Vec<TransactWriteItem>,
    ) -> Result<Vec<NoticeKey>, TableError> {
        if self.listeners(owner).await?.is_empty() {
            return Ok(Vec::new());
        }
        let item = self.read(Key::notice_count(id, *uid)).await?.unwrap_or_default();
        let count = item.get(COUNT).cloned().map(serde_dynamo::from_attribute_value::<_, u64>).transpose()?;
        let gone = occurrences.contains(&Occurrence::StoreDeleted);
        let counted = count.unwrap_or_default() + occurrences.len() as u64;
        let change = Change::of(Key::notice_count(id, *uid)).set(COUNT, number(counted));
        let change = match count {
            Some(count) => change.only_if(COUNT, "=", number(count)),
            None => change.only_if_missing(COUNT),
        };
        // The history of a deleted store expires already.
        let change = if gone { change.set(EXPIRES_AT, number(now.plus(KEPT).as_seconds())) } else { change };
        parts.push(change.in_transaction(self)?);
        let mut keys = Vec::new();
        for (sequence, occurrence) in (count.unwrap_or_default() + 1..).zip(occurrences) {
            let (store, owner) = ((*id).clone(), (*owner).to_owned());
            let subject = NoticeSubject::Store { store, uid: *uid, owner, sequence };
            let notice = Notice { id: Uuid::now_v7(), at: now, subject, occurrence: occurrence.clone() };
            let (key, put) = self.notice_put(&notice)?;
            keys.push(key);
            parts.push(put);
        }
        Ok(keys)
    }

    /// The part of a transaction that writes `notice` down to be sent.
    pub(in crate::table) fn notice_put(
        &self,
        notice: &Notice,
    ) -> Result<(NoticeKey, TransactWriteItem), TableError> {
        let key = NoticeKey { audience: notice.audience(), notice: notice.id };
        let mut item = Key::notice(&key.audience, key.notice).into_item();
        item.insert(KIND.into(), text(KIND_NOTICE));
        item.insert(CREATED.into(), text(notice.at));
        item.insert(DUE_AT.into(), number(notice.at.as_milliseconds()));
        item.insert(EXPIRES_AT.into(), number(notice.at.plus(KEPT).as_seconds()));
        let json = serde_json::to_string(notice).map_err(|_| TableError::Notice)?;
        item.insert(NOTICE.into(), text(json));
        Ok((key, self.put(item)?))
    }

    /// The notice `key`, and whether it is still to be handed on; `None` where there is none any more.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn notice(&self, key: &NoticeKey) -> Result<Option<(Notice, bool)>, TableError> {
        let Some(item) = self.read(place(key)).await? else { return Ok(None) };
        Ok(Some((from_item(&item)?, item.contains_key(DUE_AT))))
    }

    /// Takes the notice `key` out of what is due at `now`: there is a delivery for each endpoint that wants it.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn handed_on(&self, key: &NoticeKey, now: Timestamp) -> Result<(), TableError> {
        let change = Change::of(place(key)).only_if_there(NOTICE).set("handedOn", text(now)).remove(DUE_AT);
        match self.update(change.alone(self)).await {
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// The notices that are overdue at `now`, longest overdue first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn overdue_notices(&self, now: Timestamp) -> Result<Vec<OverdueNotice>, TableError> {
        let mut pages = self.due(KIND_NOTICE, now).into_paginator().items().send();
        let mut overdue = Vec::new();
        while let Some(item) = pages.try_next().await? {
            match key_of(&item).zip(due::of(&item)) {
                Some((key, due)) => overdue.push(OverdueNotice { key, due }),
                None => tracing::error!(?item, "a notice was left out: its key can't be read"),
            }
        }
        Ok(overdue)
    }

    /// Moves on to `due` when `notice` must be looked at again; `false` when somebody else did so, or handed it on.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn postpone_notice(&self, notice: &OverdueNotice, due: Timestamp) -> Result<bool, TableError> {
        self.postponed(Change::of(place(&notice.key)), notice.due, due).await
    }

    /// At most `limit` of the notices for `scope` since `since`, oldest first, after the notice `after`. Those of all
    /// owners come from an index that is a moment late.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn notices(
        &self,
        scope: &Scope,
        since: Timestamp,
        limit: u16,
        after: Option<&Notice>,
    ) -> Result<Vec<Notice>, TableError> {
        let query = self.client.query().table_name(&self.name).limit(i32::from(limit));
        let start = after.map(|notice| {
            let mut key = Key::notice(notice.audience(), notice.id).into_item();
            if *scope == Scope::All {
                key.insert(KIND.into(), text(KIND_NOTICE));
                key.insert(CREATED.into(), text(notice.at));
            }
            key
        });
        let query = match scope {
            Scope::Owner(name) => query
                .key_condition_expression("#pk = :pk AND #sk >= :since")
                .expression_attribute_names("#pk", PARTITION)
                .expression_attribute_names("#sk", SORT)
                .expression_attribute_values(":pk", Key::notice(name, Uuid::nil()).partition())
                .expression_attribute_values(":since", text(first_id(since)))
                .consistent_read(true),
            Scope::All => query
                .index_name(INDEX_BY_KIND)
                .key_condition_expression("#kind = :kind AND #created >= :since")
                .expression_attribute_names("#kind", KIND)
                .expression_attribute_names("#created", CREATED)
                .expression_attribute_values(":kind", text(KIND_NOTICE))
                .expression_attribute_values(":since", text(since)),
        };
        let answer = query.set_exclusive_start_key(start).send().await?;
        answer.items.unwrap_or_default().iter().map(from_item).collect()
    }
}

/// The least id that a notice of this time can have (RFC 9562, section 5.7).
fn first_id(since: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(since.as_milliseconds()).unwrap_or_default();
    Uuid::from_u64_pair(milliseconds << 16, 0)
}

fn key_of(item: &Item) -> Option<NoticeKey> {
    let audience = item.get(PARTITION)?.as_s().ok()?.strip_prefix("NOTICES#")?.to_owned();
    Some(NoticeKey { audience, notice: item.get(SORT)?.as_s().ok()?.parse().ok()? })
}

fn from_item(item: &Item) -> Result<Notice, TableError> {
    let json = item.get(NOTICE).and_then(|json| json.as_s().ok()).ok_or(TableError::Notice)?;
    serde_json::from_str(json).map_err(|_| TableError::Notice)
}
