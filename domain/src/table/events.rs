//! The timeline of a store.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use uuid::Uuid;

use super::{
    Item, Table, TableError,
    key::{EXPIRES_AT, Key, event_prefix},
    number,
    page::Page,
};
use crate::{event::Event, slug::Slug, timestamp::Timestamp};

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
        let limit = usize::from(limit);
        let answer = self
            .timeline(id, uid)
            .filter_expression("attribute_not_exists(#expires) OR #expires > :now")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":now", number(now.as_seconds()))
            // One more than is wanted tells whether there are more.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(|event| Key::event(id, uid, event).into_item()))
            .send()
            .await?;
        let read_to = answer.last_evaluated_key.as_ref().map(place_of).transpose()?;
        Page::of(answer.items.unwrap_or_default(), limit, read_to, place_of, |item| {
            Ok(Some(serde_dynamo::from_item(item)?))
        })
    }

    /// All events of incarnation `uid` of the store `id`, oldest first.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn events(&self, id: &Slug, uid: Uuid) -> Result<Vec<Event>, TableError> {
        let mut pages = self.timeline(id, uid).into_paginator().items().send();
        let mut events = Vec::new();
        while let Some(item) = pages.try_next().await? {
            events.push(serde_dynamo::from_item(item)?);
        }
        Ok(events)
    }

    pub(super) fn timeline(&self, id: &Slug, uid: Uuid) -> QueryFluentBuilder {
        self.beside(&Key::store(id), &event_prefix(uid))
    }
}

/// The event whose item, or key, this is.
fn place_of(item: &Item) -> Result<Uuid, TableError> {
    Key::event_id(item).ok_or(TableError::EventKey)
}

/// The item of one event, which expires at `expires` if that is known already.
pub(super) fn to_item(
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
