//! Reads stores.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use crate::{
    health::Assessment,
    store::{Store, power::Power, release::image::Image, slug::Slug, status::Status},
    table::{
        error::TableError,
        expression::{page::Page, value::text},
        handle::{Item, Table},
        schema::key::{
            CREATED, HEALTH, INDEX_BY_KIND, INDEX_BY_OWNER, KIND, KIND_STORE, Key, OWNER, POWER, RELEASE,
            SUSPENSION,
        },
        stores::store_item,
    },
    values::timestamp::Timestamp,
};

/// How many stores a page reads at most when it looks for some.
///
/// There is no index by status, power or health: it would cost a write with every change of one. There is none by id
/// either: it would cost a write with every store, and a create has none left in its budget. A page is short where
/// few stores match, and the next one goes on; so what a page costs does not grow with the fleet.
const READ_AT_MOST: usize = 200;

/// Which living stores a list has; unless said, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that belong to this principal.
    pub owner: Option<String>,
    /// Only those of this status.
    pub status: Option<Status>,
    /// Only those that are up with this power.
    pub power: Option<Power>,
    /// Only those that are up and run, and that a sweep saw so; `Healthy` has those of which none saw otherwise.
    pub health: Option<Assessment>,
    /// Only those that are suspended, or are not.
    pub is_suspended: Option<bool>,
    /// Only those whose id begins so.
    pub prefix: Option<String>,
    /// Only those that are up and made so.
    pub made_of: Option<MadeOf>,
}

/// What shops are made of, held against one image. Databases have an image of their own, which no upgrade changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeOf {
    /// Of this image.
    Image(Image),
    /// Of any other one; also where it is not written down of what.
    Other(Image),
}

impl Filter {
    /// Whether more must be read than is wanted.
    fn leaves_out(&self) -> bool {
        let Self { owner: _, status, power, health, is_suspended, prefix, made_of } = self;
        status.is_some()
            || power.is_some()
            || health.is_some()
            || is_suspended.is_some()
            || prefix.is_some()
            || made_of.is_some()
    }

    /// `query` with what a store's attributes must be. All of them are the store's own: no filter reads another item.
    fn apply(&self, query: QueryFluentBuilder) -> QueryFluentBuilder {
        let (mut query, mut conditions) = (query, Vec::new());
        let seen = self.power.is_some() || self.health.is_some();
        let up = (seen || self.made_of.is_some()).then_some(Status::Ready);
        for (placeholder, status) in [(":status", self.status), (":up", up)] {
            if let Some(status) = status {
                conditions.push(format!("#status = {placeholder}"));
                query = query.expression_attribute_values(placeholder, text(status));
            }
        }
        if !conditions.is_empty() {
            query = query.expression_attribute_names("#status", "status");
        }
        if self.health.is_some() || self.power == Some(Power::Running) {
            conditions.push("attribute_not_exists(#power)".into());
        }
        if let Some(power) = self.power.filter(|power| *power != Power::Running) {
            conditions.push("#power = :power".into());
            query = query.expression_attribute_values(":power", text(power));
        }
        if seen {
            query = query.expression_attribute_names("#power", POWER);
        }
        if let Some(health) = self.health {
            query = query.expression_attribute_names("#health", HEALTH);
            if health == Assessment::Healthy {
                conditions.push("attribute_not_exists(#health)".into());
            } else {
                conditions.push("#health = :health".into());
                query = query.expression_attribute_values(":health", text(health));
            }
        }
        if let Some(is_suspended) = self.is_suspended {
            let function = if is_suspended { "attribute_exists" } else { "attribute_not_exists" };
            conditions.push(format!("{function}(#suspension)"));
            query = query.expression_attribute_names("#suspension", SUSPENSION);
        }
        if let Some(prefix) = &self.prefix {
            conditions.push("begins_with(#id, :prefix)".into());
            query = query
                .expression_attribute_names("#id", "id")
                .expression_attribute_values(":prefix", text(prefix));
        }
        if let Some(made_of) = &self.made_of {
            let (condition, image) = match made_of {
                MadeOf::Image(image) => ("#release.#store = :image", image),
                MadeOf::Other(image) => {
                    ("(attribute_not_exists(#release) OR #release.#store <> :image)", image)
                }
            };
            conditions.push(condition.into());
            query = query
                .expression_attribute_names("#release", RELEASE)
                .expression_attribute_names("#store", "store")
                .expression_attribute_values(":image", text(image));
        }
        if conditions.is_empty() { query } else { query.filter_expression(conditions.join(" AND ")) }
    }
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

    /// At most `limit` living stores of `filter`, newest first, after `place`. A page of some
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
        // One more than is wanted shows whether there are more.
        let read = if filter.leaves_out() { READ_AT_MOST } else { limit + 1 };
        let request = self
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
        let answer = filter.apply(request).send().await?;
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
