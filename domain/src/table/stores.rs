//! Reads stores.

use std::{fmt, str::FromStr};

use super::{
    Item, Table, TableError,
    key::{CREATED, INDEX_BY_KIND, INDEX_BY_OWNER, KIND, KIND_STORE, Key, OWNER},
    store_item, text,
};
use crate::{slug::Slug, store::Store, timestamp::Timestamp};

/// Which stores a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All that live.
    All,
    /// Those that belong to this principal.
    Owner(String),
}

/// A page of stores, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The stores.
    pub stores: Vec<Store>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

/// A place in a list of stores: after the store that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    created: Timestamp,
    id: Slug,
}

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor that a list answered with")]
pub struct CursorError;

impl Cursor {
    fn after(store: &Store) -> Self {
        Self { created: store.created, id: store.id.clone() }
    }

    fn start_key(&self, filter: &Filter) -> Item {
        let mut key = Key::store(&self.id).into_item();
        key.insert(CREATED.into(), text(self.created));
        match filter {
            Filter::All => key.insert(KIND.into(), text(KIND_STORE)),
            Filter::Owner(owner) => key.insert(OWNER.into(), text(owner)),
        };
        key
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created.as_milliseconds(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created, id) = text.split_once('.').ok_or(CursorError)?;
        let created = created.parse().ok().and_then(Timestamp::from_milliseconds).ok_or(CursorError)?;
        Ok(Self { created, id: Slug::parse(id).map_err(|_| CursorError)? })
    }
}

impl Table {
    /// The store `id`, or its tombstone.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn store(&self, id: &Slug) -> Result<Option<Store>, TableError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(Key::store(id).into_item()))
            .consistent_read(true)
            .send()
            .await?;
        answer.item.map(store_item::from_item).transpose()
    }

    /// At most `limit` living stores of `filter`, newest first, after `cursor`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn stores(
        &self,
        filter: &Filter,
        limit: u8,
        cursor: Option<&Cursor>,
    ) -> Result<Page, TableError> {
        let (index, attribute, value) = match filter {
            Filter::All => (INDEX_BY_KIND, KIND, KIND_STORE),
            Filter::Owner(owner) => (INDEX_BY_OWNER, OWNER, owner.as_str()),
        };
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":partition", text(value))
            .scan_index_forward(false)
            .limit(i32::from(limit))
            .set_exclusive_start_key(cursor.map(|cursor| cursor.start_key(filter)))
            .send()
            .await?;
        let more = answer.last_evaluated_key.is_some();
        let stores: Vec<_> =
            answer.items.unwrap_or_default().into_iter().filter_map(store_item::readable).collect();
        let next = stores.last().filter(|_| more).map(Cursor::after);
        Ok(Page { stores, next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text_and_nothing_else_is_one() {
        let cursor = Cursor { created: Timestamp::now(), id: Slug::parse("my-shop").unwrap() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", ".", "1", "1.", ".a", "x.a", "1.A", "99999999999999999999.a"] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text:?}");
        }
    }
}
