//! What new stores are made of: an item that each runner keeps as its own setting has it, so that the API knows who is
//! behind. While two runners of different settings run, as in a rollout, it is that of either; then that of the one
//! that is left.

use crate::{
    store::release::Release,
    table::{
        error::TableError,
        expression::{change::Change, write::WriteError},
        handle::{Item, Table},
        schema::key::{Key, RELEASE},
    },
};

impl Table {
    /// Writes down that new stores are made of `release`, and whether that was not so before.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read or written.
    pub async fn announce_release(&self, release: &Release) -> Result<bool, TableError> {
        if self.announced_release().await?.as_ref() == Some(release) {
            return Ok(false);
        }
        let change = Change::of(Key::announced_release());
        let change = change.set(RELEASE, serde_dynamo::to_attribute_value(release)?);
        match self.update(change.alone(self)).await {
            Ok(_) => Ok(true),
            // It has no condition.
            Err(WriteError::ConditionFailed(_)) => Ok(false),
            Err(WriteError::Table(error)) => Err(error),
        }
    }

    /// What new stores are made of; `None` before the first runner has said so.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn announced_release(&self) -> Result<Option<Release>, TableError> {
        let item: Option<Item> = self.read(Key::announced_release()).await?;
        let release = item.and_then(|mut item| item.remove(RELEASE));
        Ok(release.map(serde_dynamo::from_attribute_value).transpose()?)
    }
}
