//! Reads the audit trail, newest first.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use uuid::Uuid;

use crate::{
    audit::AuditEntry,
    store::slug::Slug,
    table::{
        audit::entries,
        error::TableError,
        expression::{
            expiry::{self, KEPT},
            page::Page,
            value::text,
        },
        handle::{Item, Table},
        schema::key::{
            AUDIT_PREFIX, CREATED, INDEX_BY_KIND, KIND, Key, PARTITION, SORT, SUBJECT_OWNER, StoreItemKind,
            audit_kind,
        },
    },
    values::{month::Month, timestamp::Timestamp},
};

/// No entry is older: there was no platform yet.
const FIRST: Month = Month::new(2025, 1);

/// How many months a page looks through at most: it is short then, and the next one goes on, so that
/// what a page costs does not grow with the time that nothing happened.
const MONTHS_AT_MOST: usize = 12;

/// How many entries a page reads at most when it looks for those of one owner.
///
/// There is no index of entries by owner: it would cost two write units with every change. A page is
/// short where few entries match, and the next one goes on.
const READ_AT_MOST: usize = 200;

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

/// The text is no place in the trail, or the place is none of this part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in the audit trail")]
pub struct TrailPlaceError;

/// A page of the trail could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The place to go on from is none of this part of the trail.
    #[error(transparent)]
    Place(#[from] TrailPlaceError),
    /// The table can't be read.
    #[error(transparent)]
    Table(#[from] TableError),
}

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
            [at, partition, sort] if !partition.is_empty() && sort.starts_with(AUDIT_PREFIX) => {
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

    /// Where a query of the index by kind goes on in `month`.
    fn start_of_month(&self, month: Month) -> Option<Item> {
        let Self::After { at, partition, sort } = self else { return None };
        let mut key = Key { partition: partition.clone(), sort: sort.clone() }.into_item();
        key.insert(KIND.into(), text(audit_kind(month)));
        key.insert(CREATED.into(), text(at));
        Some(key)
    }

    /// Where a query of the partition of `store` goes on, of sort keys that start with `prefix`. The place is one that
    /// a caller has sent: it names nothing outside of these.
    fn start_in(&self, store: Key, prefix: &str) -> Result<Item, TrailPlaceError> {
        match self {
            Self::After { partition, sort, .. }
                if *partition == store.partition && sort.starts_with(prefix) =>
            {
                Ok(Key { sort: sort.clone(), ..store }.into_item())
            }
            Self::After { .. } | Self::Month(_) => Err(TrailPlaceError),
        }
    }
}

impl Table {
    /// At most `limit` entries of `trail`, newest first, from `place` on; what has expired at `now` is
    /// none of them. A page may have less, or none, and still not be the last.
    ///
    /// # Errors
    /// [`TrailError`].
    pub async fn audit_trail(
        &self,
        trail: &Trail,
        limit: u8,
        place: Option<TrailPlace>,
        now: Timestamp,
    ) -> Result<Page<AuditEntry, TrailPlace>, TrailError> {
        let limit = usize::from(limit);
        let (items, read_to) = match trail {
            Trail::All => self.months(limit, None, place, now).await?,
            Trail::Owner(owner) => self.months(limit, Some(owner), place, now).await?,
            Trail::Store(id, uid) => {
                let prefix =
                    uid.map_or_else(|| AUDIT_PREFIX.to_owned(), |uid| StoreItemKind::Audit.prefix(uid));
                let start = place.map(|place| place.start_in(Key::store(id), &prefix)).transpose()?;
                let request = self.partition_query(&Key::store(id), &prefix).filter_expression(KEPT);
                let found = read(request, limit + 1, start, now).await?;
                (found.items, found.read_to)
            }
        };
        Ok(Page::of(items, limit, read_to, TrailPlace::after, |item| Ok(readable(item)))?)
    }

    /// Entries of all, or of one owner, month by month backwards.
    async fn months(
        &self,
        limit: usize,
        owner: Option<&str>,
        mut place: Option<TrailPlace>,
        now: Timestamp,
    ) -> Result<(Vec<Item>, Option<TrailPlace>), TableError> {
        let mut month = match &place {
            None => Month::of(now),
            Some(TrailPlace::After { at, .. }) => Month::of(*at),
            Some(TrailPlace::Month(month)) => *month,
        };
        // One more than is wanted shows whether there are more.
        let (mut items, mut budget) = (Vec::new(), owner.map_or(limit + 1, |_| READ_AT_MOST));
        for _ in 0..MONTHS_AT_MOST {
            let start = place.take().and_then(|place| place.start_of_month(month));
            let found = read(self.month(month, owner), budget, start, now).await?;
            items.extend(found.items);
            if items.len() > limit || found.read_to.is_some() {
                return Ok((items, found.read_to));
            }
            if month <= FIRST {
                return Ok((items, None));
            }
            budget = budget.saturating_sub(found.count).max(1);
            month = month.previous();
        }
        Ok((items, Some(TrailPlace::Month(month))))
    }

    fn month(&self, month: Month, owner: Option<&str>) -> QueryFluentBuilder {
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_BY_KIND)
            .key_condition_expression("#kind = :kind")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", text(audit_kind(month)))
            .filter_expression(KEPT);
        match owner {
            None => request,
            Some(owner) => request
                .filter_expression(format!("({KEPT}) AND #owner = :owner"))
                .expression_attribute_names("#owner", SUBJECT_OWNER)
                .expression_attribute_values(":owner", text(owner)),
        }
    }
}

/// What a query has found.
struct Found {
    items: Vec<Item>,
    /// How many entries were read for it.
    count: usize,
    /// The place up to which was read, if that was not the end.
    read_to: Option<TrailPlace>,
}

/// Reads at most `count` entries, newest first.
async fn read(
    request: QueryFluentBuilder,
    count: usize,
    start: Option<Item>,
    now: Timestamp,
) -> Result<Found, TableError> {
    let answer = expiry::at(request, now)
        .scan_index_forward(false)
        .limit(i32::try_from(count).unwrap_or(i32::MAX))
        .set_exclusive_start_key(start)
        .send()
        .await?;
    Ok(Found {
        count: usize::try_from(answer.scanned_count).unwrap_or(0),
        read_to: answer.last_evaluated_key.as_ref().map(TrailPlace::after).transpose()?,
        items: answer.items.unwrap_or_default(),
    })
}

/// The entry that `item` holds, as one of many: one that can't be trusted is logged and left out.
/// What stands in its place is for `shopwright audit verify` to find.
fn readable(item: Item) -> Option<AuditEntry> {
    match entries::from_item(item) {
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
        for text in ["", "x", "1 a", "x a AUDIT#b", "1 a b", "1  AUDIT#b", "1 a AUDIT#b c", "2026-13"] {
            assert_eq!(text.parse::<TrailPlace>(), Err(TrailPlaceError), "{text:?}");
        }
    }
}
