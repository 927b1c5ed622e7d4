//! Reads what needs somebody.

use std::{collections::HashMap, fmt, str::FromStr};

use crate::{
    attention::{Attention, SLOW_AFTER},
    store::{Store, slug::Slug},
    table::{
        attention::records,
        error::TableError,
        expression::{
            expiry::has_expired,
            page::Page,
            value::{number, text},
        },
        handle::{Item, Table},
        schema::key::{
            ATTENTION_OWNER, DUE_AT, INDEX_ATTENTION, INDEX_DUE, KIND, KIND_ATTENTION, KIND_STORE, Key,
            OWNER, PARTITION, SORT,
        },
        stores::{due, store_item},
    },
    values::timestamp::Timestamp,
};

/// An entry with the store that it is about, as that is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedsAttention {
    /// The entry.
    pub attention: Attention,
    /// The store.
    pub store: Store,
}

/// A place in the list of what needs somebody: first all that is written down, then what is slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttentionPlace {
    /// After this entry.
    Written {
        /// Its place in the index.
        due_at: i64,
        /// The store's id.
        id: Slug,
        /// The rest of its key.
        sort: String,
    },
    /// Among the slow ones, by id, after this store; `None` before the first.
    Slow(Option<Slug>),
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in a list of what needs somebody")]
pub struct AttentionPlaceError;

impl AttentionPlace {
    fn after(item: &Item) -> Result<Self, TableError> {
        let broken = || TableError::AttentionKey;
        let id = Key::store_id(item).ok_or_else(broken)?;
        let sort = item.get(SORT).and_then(|sort| sort.as_s().ok()).ok_or_else(broken)?.clone();
        let due_at = due::of(item).ok_or_else(broken)?.as_milliseconds();
        Ok(Self::Written { due_at, id, sort })
    }
}

impl fmt::Display for AttentionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { due_at, id, sort } => write!(f, "w.{due_at}.{id}.{sort}"),
            Self::Slow(None) => f.write_str("s"),
            Self::Slow(Some(id)) => write!(f, "s.{id}"),
        }
    }
}

impl FromStr for AttentionPlace {
    type Err = AttentionPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = |id| Slug::parse(id).map_err(|_| AttentionPlaceError);
        let mut parts = text.splitn(4, '.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("s"), None, None, None) => Ok(Self::Slow(None)),
            (Some("s"), Some(after), None, None) => Ok(Self::Slow(Some(id(after)?))),
            (Some("w"), Some(due_at), Some(store), Some(sort)) => Ok(Self::Written {
                due_at: due_at.parse().map_err(|_| AttentionPlaceError)?,
                id: id(store)?,
                sort: sort.to_owned(),
            }),
            _ => Err(AttentionPlaceError),
        }
    }
}

impl Table {
    /// At most `limit` of what needs somebody at `now`, of `owner` or of all, after `place`: what began last comes first,
    /// and what is slow at the end. A page may have less, or none, and not be the last: what does not hold any more of
    /// its store is left out.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn attention(
        &self,
        owner: Option<&str>,
        with_muted: bool,
        limit: u8,
        place: Option<AttentionPlace>,
        now: Timestamp,
    ) -> Result<Page<NeedsAttention, AttentionPlace>, TableError> {
        let limit = usize::from(limit);
        let start = match place {
            Some(AttentionPlace::Slow(after)) => return self.slow(owner, limit, after, now).await,
            Some(AttentionPlace::Written { due_at, id, sort }) => Some((due_at, id, sort)),
            None => None,
        };
        let written = self.written(owner, limit, start, now).await?;
        let mut items = self.with_stores(written.items).await?;
        items.retain(|entry| with_muted || !entry.attention.is_muted(now));
        if let Some(next) = written.next {
            return Ok(Page { items, next: Some(next) });
        }
        if items.len() == limit {
            return Ok(Page { items, next: Some(AttentionPlace::Slow(None)) });
        }
        let slow = self.slow(owner, limit - items.len(), None, now).await?;
        items.extend(slow.items);
        Ok(Page { items, next: slow.next })
    }

    /// What is written down.
    async fn written(
        &self,
        owner: Option<&str>,
        limit: usize,
        start: Option<(i64, Slug, String)>,
        now: Timestamp,
    ) -> Result<Page<Attention, AttentionPlace>, TableError> {
        let (index, attribute, value) = match owner {
            None => (INDEX_DUE, KIND, KIND_ATTENTION),
            Some(owner) => (INDEX_ATTENTION, ATTENTION_OWNER, owner),
        };
        let start = start.map(|(due_at, id, sort)| {
            let mut key = Key { sort, ..Key::store(&id) }.into_item();
            key.insert(DUE_AT.into(), number(due_at));
            key.insert(attribute.into(), text(value));
            key
        });
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":partition", text(value))
            .scan_index_forward(false)
            // One more than is wanted shows whether there are more.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = request.send().await?;
        let read_to = answer.last_evaluated_key.as_ref().map(AttentionPlace::after).transpose()?;
        Page::of(answer.items.unwrap_or_default(), limit, read_to, AttentionPlace::after, |item| {
            Ok((!has_expired(&item, now)).then(|| readable(item)).flatten())
        })
    }

    /// Each of `entries` with its store, as it is now; without those that do not hold for it any more.
    async fn with_stores(&self, entries: Vec<Attention>) -> Result<Vec<NeedsAttention>, TableError> {
        let ids: std::collections::HashSet<_> = entries.iter().map(|entry| &entry.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = ids.into_iter().map(|id| Key::store(id).into_item()).collect();
        let found = self.batch(keys).await?.into_iter().filter_map(store_item::readable);
        let stores: HashMap<_, _> = found.map(|store| (store.uid, store)).collect();
        let joined = entries.into_iter().filter_map(|attention| {
            let store = stores.get(&attention.uid)?.clone();
            attention.holds_for(&store).then_some(NeedsAttention { attention, store })
        });
        Ok(joined.collect())
    }

    /// What is slow, by id. It is among what is in progress, which `due` has and nothing else.
    async fn slow(
        &self,
        owner: Option<&str>,
        limit: usize,
        after: Option<Slug>,
        now: Timestamp,
    ) -> Result<Page<NeedsAttention, AttentionPlace>, TableError> {
        let quiet_since = Timestamp::from_milliseconds(
            now.as_milliseconds() - i64::try_from(SLOW_AFTER.as_millis()).unwrap_or(i64::MAX),
        );
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(INDEX_DUE)
            .key_condition_expression("#kind = :kind")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":kind", text(KIND_STORE))
            .expression_attribute_names("#updated", "updated")
            .expression_attribute_values(":quiet", text(quiet_since.unwrap_or(Timestamp::epoch())));
        let quiet = "#updated <= :quiet";
        query = match owner {
            None => query.filter_expression(quiet),
            Some(owner) => query
                .filter_expression(format!("{quiet} AND #owner = :owner"))
                .expression_attribute_names("#owner", OWNER)
                .expression_attribute_values(":owner", text(owner)),
        };
        let mut pages = query.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.try_next().await? {
            let Some(store) = store_item::readable(item) else { continue };
            let slow = Attention::of_slow(&store, now);
            found.extend(slow.map(|attention| NeedsAttention { attention, store }));
        }
        found.retain(|entry| after.as_ref().is_none_or(|after| entry.store.id > *after));
        found.sort_by(|one, other| one.store.id.cmp(&other.store.id));
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let next = found.last().filter(|_| !is_last).map(|last| Some(last.store.id.clone()));
        Ok(Page { items: found, next: next.map(AttentionPlace::Slow) })
    }
}

/// One that can't be read is logged and left out, so that it does not stand in the way of all others.
fn readable(item: Item) -> Option<Attention> {
    let key = item.get(PARTITION).cloned();
    records::from_item(item)
        .inspect_err(|error| tracing::error!(?key, %error, "an entry of what needs somebody was left out"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_text_and_nothing_else_is_one() {
        let id = Slug::parse("my-shop").unwrap();
        let sort = "ATTENTION#0198f2a0-0000-7000-8000-00000000000a#failure".to_owned();
        for place in [
            AttentionPlace::Slow(None),
            AttentionPlace::Slow(Some(id.clone())),
            AttentionPlace::Written { due_at: 7, id, sort },
        ] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in ["", "s.", "s.A", "w", "w.1", "w.1.a", "w.x.a.b", "x.1.a.b"] {
            assert_eq!(text.parse::<AttentionPlace>(), Err(AttentionPlaceError), "{text:?}");
        }
    }
}
