//! The timeline of a store.

use uuid::Uuid;

use super::{
    Item, Table, TableError,
    key::{Key, PARTITION, SORT, event_prefix},
    text,
};
use crate::{event::Event, slug::Slug};

impl Table {
    /// The events of incarnation `uid` of the store `id`, oldest first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn events(&self, id: &Slug, uid: Uuid) -> Result<Vec<Event>, TableError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#sk", SORT)
            .expression_attribute_values(":pk", Key::store(id).partition())
            .expression_attribute_values(":prefix", text(event_prefix(uid)))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut events = Vec::new();
        while let Some(item) = pages.try_next().await? {
            events.push(serde_dynamo::from_item(item)?);
        }
        Ok(events)
    }
}

/// The item of one event.
pub(super) fn to_item(store: &Slug, uid: Uuid, event: &Event) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(event)?;
    item.extend(Key::event(store, uid, event.id).into_item());
    Ok(item)
}
