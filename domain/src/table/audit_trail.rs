//! Reads the audit trail, newest first.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use uuid::Uuid;

use super::{
    Item, Table, TableError, audit,
    key::{
        AUDIT_PREFIX, CREATED, EXPIRES_AT, INDEX_BY_KIND, INDEX_BY_OWNER, KIND, Key, OWNER, PARTITION, SORT,
        audit_kind, audit_owner, audit_prefix_of,
    },
    number,
    page::Page,
    text,
};
use crate::{audit::AuditEntry, month::Month, slug::Slug, timestamp::Timestamp};

/// No entry is older: there was no platform yet.
const FIRST: Month = Month::new(2025, 1);

/// How many months a page looks through at most: it is short then, and the next one goes on, so that
/// what a page costs does not grow with the time that nothing happened.
const MONTHS_AT_MOST: usize = 12;

/// Which entries of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trail {
    /// All.
    All,
    /// Those about what belongs to this principal.
    Owner(String),
    /// Those about the stores of this id; of one incarnation, or of all.
    Store(Slug, Option<Uuid>),
}

/// A place in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrailPlace {
    /// After an entry of this time at this key.
    After {
        /// When it was done.
        at: Timestamp,
        /// The partition key of its item.
        partition: String,
        /// The sort key of its item.
        sort: String,
    },
    /// At the end of this month.
    Month(Month),
}

/// The text is no place in the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in the audit trail")]
pub struct TrailPlaceError;

impl fmt::Display for TrailPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After { at, partition, sort } => {
                write!(f, "{} {partition} {sort}", at.as_milliseconds())
            }
            Self::Month(month) => write!(f, "{month}"),
        }
    }
}

impl FromStr for TrailPlace {
    type Err = TrailPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split(' ').collect::<Vec<_>>().as_slice() {
            [at, partition, sort] => {
                let at = at.parse().ok().and_then(Timestamp::from_milliseconds).ok_or(TrailPlaceError)?;
                Ok(Self::After { at, partition: (*partition).into(), sort: (*sort).into() })
            }
            [month] => month.parse().map(Self::Month).map_err(|_| TrailPlaceError),
            _ => Err(TrailPlaceError),
        }
    }
}

impl TrailPlace {
    /// The place after what `item` holds: an entry, or the key of one in an index.
    fn after(item: &Item) -> Result<Self, TableError> {
        let attribute = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let broken = || TableError::Audit { key: format!("{item:?}"), problem: "it has no place" };
        let partition = attribute(PARTITION).ok_or_else(broken)?;
        let sort = attribute(SORT).ok_or_else(broken)?;
        // The key of the table alone has no time, and needs none.
        let at = attribute(CREATED).and_then(|at| at.parse().ok()).unwrap_or_else(Timestamp::epoch);
        Ok(Self::After { at, partition, sort })
    }
}

impl Table {
    /// At most `limit` entries of `trail`, newest first, from `place` on; what has expired at `now` is
    /// none of them. A page may have less, or none, and still not be the last.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn audit_trail(
        &self,
        trail: &Trail,
        limit: u8,
        place: Option<TrailPlace>,
        now: Timestamp,
    ) -> Result<Page<AuditEntry, TrailPlace>, TableError> {
        let limit = usize::from(limit);
        let (items, read_to) = match trail {
            Trail::All => self.months(limit, place, now).await?,
            Trail::Owner(owner) => {
                let request = self.index(INDEX_BY_OWNER, OWNER, &audit_owner(owner));
                read(request, limit, start(place, Some((OWNER, audit_owner(owner)))), now).await?
            }
            Trail::Store(id, uid) => {
                let prefix = uid.map_or_else(|| AUDIT_PREFIX.to_owned(), audit_prefix_of);
                let request = self.audit_of(&Key::store(id), &prefix);
                read(request, limit, start(place, None), now).await?
            }
        };
        Page::of(items, limit, read_to, TrailPlace::after, |item| Ok(readable(item)))
    }

    /// Entries of all, month by month backwards.
    async fn months(
        &self,
        limit: usize,
        mut place: Option<TrailPlace>,
        now: Timestamp,
    ) -> Result<(Vec<Item>, Option<TrailPlace>), TableError> {
        let mut month = match &place {
            None => Month::of(now),
            Some(TrailPlace::After { at, .. }) => Month::of(*at),
            Some(TrailPlace::Month(month)) => *month,
        };
        let mut items = Vec::new();
        for _ in 0..MONTHS_AT_MOST {
            let kind = audit_kind(month);
            let request = self.index(INDEX_BY_KIND, KIND, &kind);
            let start = start(place.take(), Some((KIND, kind)));
            let (found, read_to) = read(request, limit - items.len(), start, now).await?;
            items.extend(found);
            if items.len() > limit || read_to.is_some() {
                return Ok((items, read_to));
            }
            if month <= FIRST {
                return Ok((items, None));
            }
            month = month.previous();
        }
        Ok((items, Some(TrailPlace::Month(month))))
    }

    fn index(&self, index: &str, attribute: &str, value: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(index)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":partition", text(value))
    }

    /// The entries in the partition of `subject` whose sort keys start with `prefix`.
    pub(super) fn audit_of(&self, subject: &Key, prefix: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", subject.partition())
            .expression_attribute_values(":prefix", text(prefix))
            .consistent_read(true)
    }
}

/// Where a query goes on, by the keys of the table and of the `index` that it reads.
fn start(place: Option<TrailPlace>, index: Option<(&str, String)>) -> Option<Item> {
    let Some(TrailPlace::After { at, partition, sort }) = place else { return None };
    let mut key = Key { partition, sort }.into_item();
    if let Some((attribute, value)) = index {
        key.insert(attribute.into(), text(value));
        key.insert(CREATED.into(), text(at));
    }
    Some(key)
}

/// Up to one more than `limit` items, which tells whether there are more, newest first; and the place
/// up to which was read, if that was not the end.
async fn read(
    request: QueryFluentBuilder,
    limit: usize,
    start: Option<Item>,
    now: Timestamp,
) -> Result<(Vec<Item>, Option<TrailPlace>), TableError> {
    let answer = request
        .filter_expression("attribute_not_exists(#expires) OR #expires > :now")
        .expression_attribute_names("#expires", EXPIRES_AT)
        .expression_attribute_values(":now", number(now.as_seconds()))
        .scan_index_forward(false)
        .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
        .set_exclusive_start_key(start)
        .send()
        .await?;
    let read_to = answer.last_evaluated_key.as_ref().map(TrailPlace::after).transpose()?;
    Ok((answer.items.unwrap_or_default(), read_to))
}

/// The entry that `item` holds, as one of many: one that can't be trusted is told of and left out.
/// What stands in its place is for `shopwright audit verify` to find.
fn readable(item: Item) -> Option<AuditEntry> {
    match audit::from_item(item) {
        Ok(entry) => Some(entry),
        Err(error) => {
            tracing::error!(%error, "an audit entry was left out");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_text_and_nothing_else_is_one() {
        let at = Timestamp::now();
        let after = TrailPlace::After { at, partition: "STORE#a".into(), sort: "AUDIT#b#1".into() };
        for place in [after, TrailPlace::Month(Month::new(2026, 1))] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", "x", "1 a", "x a b", "1 a b c", "2026-13"] {
            assert_eq!(text.parse::<TrailPlace>(), Err(TrailPlaceError), "{text:?}");
        }
    }
}
