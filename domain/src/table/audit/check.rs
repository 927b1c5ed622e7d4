//! Goes along the chains of the audit trail, and finds what is not as it was written.
//!
//! What is found: entries that were altered, removed, moved or put in between. Not found is what
//! was made good again by whoever can write the table: a chain whose entries are all digested anew,
//! or one that is gone together with its record.

use std::{collections::BTreeMap, fmt};

use crate::{
    audit::{Head, Link, Predecessor},
    store::{slug::Slug, state::State},
    table::{
        audit::entries,
        error::TableError,
        expression::{expiry::has_expired, value::text},
        handle::{Item, Table},
        schema::key::{AUDIT, AUDIT_PREFIX, EXPIRES_AT, Key, PARTITION, SORT, TOKEN_PREFIX, WEBHOOK_PREFIX},
        stores::store_item,
    },
    values::timestamp::Timestamp,
};

/// How often a chain that grows while it is read is read again.
const TRIES: usize = 5;

/// Whose audit entries lie together: all stores of one id, one after the other, a token, or an endpoint of webhooks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Audited {
    partition: String,
}

impl Audited {
    /// The stores of this id.
    #[must_use]
    pub fn stores(id: &Slug) -> Self {
        Self { partition: Key::store(id).partition }
    }

    fn record(&self) -> Key {
        let sort = if self.partition.starts_with(TOKEN_PREFIX) {
            Key::token("").sort
        } else if self.partition.starts_with(WEBHOOK_PREFIX) {
            Key::webhook("").sort
        } else {
            "STORE".into()
        };
        Key { partition: self.partition.clone(), sort }
    }
}

impl fmt::Display for Audited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition.split_once('#') {
            Some((kind, id)) => write!(f, "{} {id}", kind.to_ascii_lowercase()),
            None => f.write_str(&self.partition),
        }
    }
}

/// What a look at the entries about one subject has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many entries there are.
    pub entries: usize,
    /// The first thing that is wrong, if anything is.
    pub fault: Option<Fault>,
}

/// An entry that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence} of {incarnation} {kind}")]
pub struct Fault {
    /// The store's uid, or the id of the token or endpoint.
    pub incarnation: String,
    /// The entry's number.
    pub sequence: u64,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum FaultKind {
    /// Its digest, or its place, is not what it says.
    #[strum(to_string = "was altered")]
    Altered,
    /// It is not there.
    #[strum(to_string = "is missing")]
    Missing,
    /// It has another digest than the entry after it, or its subject's record, says.
    #[strum(to_string = "was replaced: what comes after it was written after another one")]
    Replaced,
    /// It comes after what the record says is the last.
    #[strum(to_string = "comes after the last one, as the record has it")]
    Surplus,
    /// It is about something that has no record.
    #[strum(to_string = "is about something whose record is missing")]
    NoRecord,
}

impl Table {
    /// All that has audit entries, or must have.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn audited(&self) -> Result<Vec<Audited>, TableError> {
        let mut items = self
            .client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .projection_expression("#pk")
            .filter_expression("#sk = :store OR #sk = :token OR #sk = :webhook OR begins_with(#sk, :audit)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":store", text("STORE"))
            .expression_attribute_values(":token", text("TOKEN"))
            .expression_attribute_values(":webhook", text("WEBHOOK"))
            .expression_attribute_values(":audit", text(AUDIT_PREFIX))
            .into_paginator()
            .items()
            .send();
        let mut found = std::collections::BTreeSet::new();
        while let Some(mut item) = items.try_next().await? {
            if let Some(partition) = item.remove(PARTITION) {
                found.insert(Audited { partition: serde_dynamo::from_attribute_value(partition)? });
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Goes along the chain of `subject`; `None` when there is nothing of it.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read, or the subject's record is not one.
    pub async fn check_audit(
        &self,
        subject: &Audited,
        now: Timestamp,
    ) -> Result<Option<Checked>, TableError> {
        let mut record = self.audited_record(subject).await?;
        let mut tries = 0;
        loop {
            let mut pages =
                self.partition_query(&subject.record(), AUDIT_PREFIX).into_paginator().items().send();
            let mut items = Vec::new();
            while let Some(item) = pages.try_next().await? {
                items.push(item);
            }
            // An entry that was written in the middle of this would look like one too many.
            let after = self.audited_record(subject).await?;
            tries += 1;
            if after == record || tries == TRIES {
                let nothing = record.is_none() && items.is_empty();
                return Ok((!nothing).then(|| check(record.as_ref(), items, now)));
            }
            record = after;
        }
    }

    async fn audited_record(&self, subject: &Audited) -> Result<Option<Record>, TableError> {
        let item = self.read(subject.record()).await?;
        item.map(|item| Record::of(subject, item)).transpose()
    }
}

/// What a subject's record says of its chain.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    incarnation: String,
    head: Option<Head>,
    /// Until when its entries are kept, in seconds since the Unix epoch; unless for ever.
    expires: Option<i64>,
}

impl Record {
    fn of(subject: &Audited, mut item: Item) -> Result<Self, TableError> {
        let lasting = [TOKEN_PREFIX, WEBHOOK_PREFIX];
        if let Some(id) = lasting.iter().find_map(|prefix| subject.partition.strip_prefix(prefix)) {
            let head = item.remove(AUDIT).map(serde_dynamo::from_attribute_value).transpose()?;
            return Ok(Self { incarnation: id.to_owned(), head, expires: None });
        }
        let store = store_item::from_item(item)?;
        let expires = match &store.state {
            State::Deleted(deleted) => Some(deleted.expires().as_seconds()),
            State::Provisioning(_) | State::Ready(_) | State::Failed(_) | State::Deleting(_) => None,
        };
        Ok(Self { incarnation: store.uid.to_string(), head: store.audit, expires })
    }
}

/// The items of one incarnation, in the order of their keys.
struct Chain {
    incarnation: String,
    items: Vec<Item>,
    /// What must be its last entry, if that is known.
    end: End,
}

/// What is known of the end of a chain.
enum End {
    /// Its record's head.
    Head(Head),
    /// The digest that the chain of its successor begins with.
    Hash(Predecessor),
    /// There is no record of it any more, so all of it must have expired.
    NoRecord,
    /// Nothing: what would tell is itself not as it was.
    Unknown,
    /// It has a record without a head.
    NoHead,
}

fn check(record: Option<&Record>, items: Vec<Item>, now: Timestamp) -> Checked {
    let entries = items.len();
    let mut chains = BTreeMap::<String, Vec<Item>>::new();
    for item in items {
        chains.entry(place(&item).0).or_default().push(item);
    }
    if let Some(record) = record {
        // A record must have a chain.
        chains.entry(record.incarnation.clone()).or_default();
    }
    let mut end = match record {
        Some(Record { head: Some(head), .. }) => End::Head(head.clone()),
        Some(Record { head: None, .. }) => End::NoHead,
        None => End::NoRecord,
    };
    let mut expires = record.and_then(|record| record.expires);
    let mut fault = None;
    // Each chain's beginning says how the one before must end. The first fault is that of the oldest.
    let mut chains = chains.into_iter().rev().peekable();
    while let Some((incarnation, items)) = chains.next() {
        let kept = match end {
            End::Head(_) | End::NoHead | End::Hash(_) => {
                expires.is_none_or(|expires| expires > now.as_seconds())
            }
            End::NoRecord | End::Unknown => false,
        };
        let chain = Chain { incarnation, items, end };
        let begins = chain.items.first().and_then(|item| entries::from_item(item.clone()).ok());
        fault = chain.fault(kept, now).or(fault);
        (end, expires) = match begins.as_ref().map(|entry| entry.link().clone()) {
            Some(Link::Succeeds(predecessor)) => {
                let (incarnation, expires) = (predecessor.uid.to_string(), predecessor.expires);
                if chains.peek().is_some_and(|(older, _)| *older == incarnation) {
                    (End::Hash(predecessor), Some(expires))
                } else {
                    if expires > now.as_seconds() {
                        fault = Some(Fault { incarnation, sequence: 1, kind: FaultKind::Missing });
                    }
                    (End::NoRecord, None)
                }
            }
            Some(Link::Start) => (End::NoRecord, None),
            Some(Link::After(_)) | None => (End::Unknown, None),
        };
    }
    Checked { entries, fault }
}

impl Chain {
    /// The first thing that is wrong. What is not `kept` any more may be missing, and DynamoDB removes
    /// it in its own time and order; what is there must still be as it was written.
    fn fault(&self, kept: bool, now: Timestamp) -> Option<Fault> {
        let fault = |sequence, kind| Some(Fault { incarnation: self.incarnation.clone(), sequence, kind });
        let mut last: Option<Head> = None;
        for item in &self.items {
            let sequence = place(item).1;
            let Ok(entry) = entries::from_item(item.clone()) else {
                return fault(sequence, FaultKind::Altered);
            };
            if !entries::to_item(&entry).is_ok_and(|written| same(&written, item)) {
                return fault(sequence, FaultKind::Altered);
            }
            if matches!(self.end, End::NoRecord) && !has_expired(item, now) {
                return fault(sequence, FaultKind::NoRecord);
            }
            if kept {
                let expected = last.as_ref().map_or(1, |head| head.sequence + 1);
                match entry.link() {
                    _ if sequence != expected => return fault(expected, FaultKind::Missing),
                    Link::After(head) if Some(head) != last.as_ref() => {
                        return fault(head.sequence, FaultKind::Replaced);
                    }
                    Link::Start | Link::Succeeds(_) | Link::After(_) => {}
                }
            }
            last = Some(entry.head());
        }
        if !kept {
            return None;
        }
        let found = last.as_ref().map_or(0, |head| head.sequence);
        match &self.end {
            End::NoRecord | End::Unknown => None,
            End::NoHead => fault(1, if found == 0 { FaultKind::Missing } else { FaultKind::Surplus }),
            End::Head(head) if head.sequence > found => fault(found + 1, FaultKind::Missing),
            End::Head(head) if head.sequence < found => fault(head.sequence + 1, FaultKind::Surplus),
            End::Head(head) if Some(head) != last.as_ref() => fault(found, FaultKind::Replaced),
            End::Head(_) => None,
            End::Hash(predecessor) => match last {
                Some(last) if last.hash == predecessor.hash => None,
                // Which entry was the last, only its digest tells.
                _ => fault(found + 1, FaultKind::Missing),
            },
        }
    }
}

/// Of which incarnation an entry's item is, and its number, by its key.
fn place(item: &Item) -> (String, u64) {
    let sort = item.get(SORT).and_then(|sort| sort.as_s().ok()).map_or("", String::as_str);
    let rest = sort.strip_prefix(AUDIT_PREFIX).unwrap_or(sort);
    let (incarnation, sequence) = rest.rsplit_once('#').unwrap_or((rest, ""));
    (incarnation.to_owned(), sequence.parse().unwrap_or(0))
}

/// Whether `item` is what was `written`, but for the time at which it expires, which comes later.
fn same(written: &Item, item: &Item) -> bool {
    let without = |item: &Item| {
        let mut item = item.clone();
        item.remove(EXPIRES_AT);
        item
    };
    without(written) == without(item)
}
