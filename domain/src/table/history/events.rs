//! The timeline of a store.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use uuid::Uuid;

use crate::{
    provisioning::event::Event,
    store::slug::Slug,
    table::{
        error::TableError,
        expression::{page::Page, query::kept_page, value::number},
        handle::{Item, Table},
        schema::key::{EXPIRES_AT, Key, StoreItemKind},
    },
    values::timestamp::Timestamp,
};

impl Table {
    /// At most `limit` events of incarnation `uid` of the store `id`, oldest first, after the event
    /// `after`; what has expired at `now` is none of them.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn event_page(
        &self,
        id: &Slug,
        uid: Uuid,
        limit: u8,
        after: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Page<Event, Uuid>, TableError> {
        let after = after.map(|event| Key::event(id, uid, event));
        kept_page(self.timeline(id, uid), limit, after, now, place_of, from_item).await
    }

    /// All events of incarnation `uid` of the store `id`, oldest first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn events(&self, id: &Slug, uid: Uuid) -> Result<Vec<Event>, TableError> {
        let mut pages = self.timeline(id, uid).into_paginator().items().send();
        let mut events = Vec::new();
        while let Some(item) = pages.try_next().await? {
            events.push(from_item(item)?);
        }
        Ok(events)
    }

    pub(in crate::table) fn timeline(&self, id: &Slug, uid: Uuid) -> QueryFluentBuilder {
        self.partition_query(&Key::store(id), &StoreItemKind::Event.prefix(uid))
    }
}

/// The event whose item, or key, this is.
fn place_of(item: &Item) -> Result<Uuid, TableError> {
    Key::event_id(item).ok_or(TableError::EventKey)
}

fn from_item(item: Item) -> Result<Event, TableError> {
    Ok(serde_dynamo::from_item(item)?)
}

/// The item of one event, which expires at `expires` if that is known already.
pub(in crate::table) fn to_item(
    store: &Slug,
    uid: Uuid,
    event: &Event,
    expires: Option<Timestamp>,
) -> Result<Item, TableError> {
    let mut item: Item = serde_dynamo::to_item(event)?;
    item.extend(expires.map(|expires| (EXPIRES_AT.into(), number(expires.as_seconds()))));
    item.extend(Key::event(store, uid, event.id).into_item());
    Ok(item)
}
