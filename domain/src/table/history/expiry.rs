//! The history of one incarnation of a store: whether there is one, and when it ends.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use strum::VariantArray as _;
use uuid::Uuid;

use crate::{
    store::slug::Slug,
    table::{
        error::TableError,
        expression::{value::number, write::WriteError},
        handle::{Item, Table},
        schema::key::{EXPIRES_AT, Key, PARTITION, Retention, StoreItemKind},
    },
    values::timestamp::Timestamp,
};

/// How many items of a history are written at the same time.
const AT_ONCE: usize = 8;

impl Table {
    /// Whether this table has a timeline of incarnation `uid` of the store `id`. A runner writes to it
    /// before it makes the namespace, so one that is in no timeline was not made from this table, or
    /// longer ago than timelines are kept.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn has_known(&self, id: &Slug, uid: Uuid) -> Result<bool, TableError> {
        Ok(self.timeline(id, uid).limit(1).send().await?.count > 0)
    }

    /// Lets the events, operations, log, health and audit entries of incarnation `uid` of the store `id` expire
    /// at `expires`, and returns how many that were. What needed somebody is taken away. Those that expire already are left as they are, so that being
    /// interrupted and run again costs no more.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read or written.
    pub async fn expire_history(
        &self,
        id: &Slug,
        uid: Uuid,
        expires: Timestamp,
    ) -> Result<usize, TableError> {
        let mut keys = Vec::new();
        let ends_with_store = |kind: &&StoreItemKind| kind.retention() == Retention::WithStore;
        for kind in StoreItemKind::VARIANTS.iter().filter(ends_with_store) {
            keys.extend(self.lasting(id, &kind.prefix(uid)).await?);
        }
        self.end_attention(id, uid).await?;
        let count = keys.len();
        stream::iter(keys.into_iter().map(|key| self.expire(key, expires)))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(count)
    }

    /// The keys of those items of the store `id` that do not expire, and whose sort key starts with
    /// `prefix`.
    async fn lasting(&self, id: &Slug, prefix: &str) -> Result<Vec<Item>, TableError> {
        let mut pages = self
            .partition_query(&Key::store(id), prefix)
            .filter_expression("attribute_not_exists(#expires)")
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#expires", EXPIRES_AT)
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(key) = pages.try_next().await? {
            keys.push(key);
        }
        Ok(keys)
    }

    async fn expire(&self, key: Item, expires: Timestamp) -> Result<(), TableError> {
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .update_expression("SET #expires = :expires")
            // Without it, an item that is gone would be there again, as a mere key.
            .condition_expression("attribute_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":expires", number(expires.as_seconds()));
        match self.update(request).await {
            Ok(_) | Err(WriteError::ConditionFailed(_)) => Ok(()),
            Err(WriteError::Table(error)) => Err(error),
        }
    }
}
