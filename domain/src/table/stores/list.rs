//! Reads stores.

use std::{fmt, str::FromStr};

use crate::{
    store::{Store, slug::Slug, status::Status},
    table::{
        error::TableError,
        expression::{page::Page, value::text},
        handle::{Item, Table},
        schema::key::{CREATED, INDEX_BY_KIND, INDEX_BY_OWNER, KIND, KIND_STORE, Key, OWNER},
        stores::store_item,
    },
    values::timestamp::Timestamp,
};

/// How many stores a page reads at most when it looks for those of one status.
///
/// There is no index by status: it would cost a write with every change of one. A page is short where
/// few stores match, and the next one goes on; so what a page costs does not grow with the fleet.
const READ_AT_MOST: usize = 200;

/// Which living stores a list has; unless said, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that belong to this principal.
    pub owner: Option<String>,
    /// Only those of this status.
    pub status: Option<Status>,
}

/// A place in a list of stores: after the store that it names, which need not be there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePlace {
    created: Timestamp,
    id: Slug,
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no place in a list of stores")]
pub struct StorePlaceError;

impl StorePlace {
    /// The place after what `item` holds: a store, or the key of one in an index.
    fn after(item: &Item) -> Result<Self, TableError> {
        let broken = |problem| TableError::Store { store: format!("{:?}", item.get("pk")), problem };
        let created = item.get(CREATED).and_then(|created| created.as_s().ok()?.parse().ok());
        let created = created.ok_or_else(|| broken("it has no time of creation"))?;
        let id = Key::store_id(item).ok_or_else(|| broken("its key is not a store's"))?;
        Ok(Self { created, id })
    }

    fn start_key(&self, filter: &Filter) -> Item {
        let mut key = Key::store(&self.id).into_item();
        key.insert(CREATED.into(), text(self.created));
        match &filter.owner {
            None => key.insert(KIND.into(), text(KIND_STORE)),
            Some(owner) => key.insert(OWNER.into(), text(owner)),
        };
        key
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created.as_milliseconds(), self.id)
    }
}

impl FromStr for StorePlace {
    type Err = StorePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created, id) = text.split_once('.').ok_or(StorePlaceError)?;
        let created = created.parse().ok().and_then(Timestamp::from_milliseconds).ok_or(StorePlaceError)?;
        Ok(Self { created, id: Slug::parse(id).map_err(|_| StorePlaceError)? })
    }
}

impl Table {
    /// The store `id`, or its tombstone.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn store(&self, id: &Slug) -> Result<Option<Store>, TableError> {
        let item = self.read(Key::store(id)).await?;
        item.map(store_item::from_item).transpose()
    }

    /// At most `limit` living stores of `filter`, newest first, after `place`. A page of one status
    /// may have less, or none, and still not be the last.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn stores(
        &self,
        filter: &Filter,
        limit: u8,
        after: Option<&StorePlace>,
    ) -> Result<Page<Store, StorePlace>, TableError> {
        let (index, attribute, value) = match &filter.owner {
            None => (INDEX_BY_KIND, KIND, KIND_STORE),
            Some(owner) => (INDEX_BY_OWNER, OWNER, owner.as_str()),
        };
        let limit = usize::from(limit);
        // One more than is wanted tells whether there are more.
        let read = if filter.status.is_some() { READ_AT_MOST } else { limit + 1 };
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(index)
            .key_condition_expression("#partition = :partition")
            .expression_attribute_names("#partition", attribute)
            .expression_attribute_values(":partition", text(value))
            .scan_index_forward(false)
            .limit(i32::try_from(read).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(|place| place.start_key(filter)));
        if let Some(status) = filter.status {
            request = request
                .filter_expression("#status = :status")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":status", text(status));
        }
        let answer = request.send().await?;
        let read_to = answer.last_evaluated_key.as_ref().map(StorePlace::after).transpose()?;
        Page::of(answer.items.unwrap_or_default(), limit, read_to, StorePlace::after, |item| {
            Ok(store_item::readable(item))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_text_and_nothing_else_is_one() {
        let place = StorePlace { created: Timestamp::now(), id: Slug::parse("my-shop").unwrap() };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", ".", "1", "1.", ".a", "x.a", "1.A", "99999999999999999999.a"] {
            assert_eq!(text.parse::<StorePlace>(), Err(StorePlaceError), "{text:?}");
        }
    }
}
