//! How a store stands: as little of its record as whoever answers in its place needs.

use serde::Deserialize;

use crate::{
    store::{power::Power, slug::Slug, status::Status},
    table::{
        error::TableError,
        handle::Table,
        schema::key::{EXPIRES_AT, Key, POWER, SUSPENSION},
    },
    values::timestamp::Timestamp,
};

/// How a store stands, or the record that it has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Whether it runs, where it is up.
    pub power: Power,
    /// Whether it is suspended.
    pub is_suspended: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    status: Status,
    #[serde(default)]
    power: Power,
    /// All that is read of it is that it is there.
    #[serde(default)]
    suspension: Option<serde::de::IgnoredAny>,
    expires_at: Option<i64>,
}

impl Table {
    /// How the store `id` stands; `None` where there is none, and no record that is kept at `now`.
    ///
    /// Nothing else of the record leaves the table. It may be that of a moment ago (an eventually consistent read),
    /// which costs half.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn standing(&self, id: &Slug, now: Timestamp) -> Result<Option<Standing>, TableError> {
        let request = self.client.get_item().table_name(&self.name);
        let answer = request
            .set_key(Some(Key::store(id).into_item()))
            .projection_expression("#status, #power, #suspension, #expires")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#power", POWER)
            .expression_attribute_names("#suspension", SUSPENSION)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .send()
            .await?;
        let Some(item) = answer.item else { return Ok(None) };
        let Attributes { status, power, suspension, expires_at } = serde_dynamo::from_item(item)?;
        let is_kept = expires_at.is_none_or(|expires| now.as_seconds() < expires);
        Ok(is_kept.then_some(Standing { status, power, is_suspended: suspension.is_some() }))
    }
}
