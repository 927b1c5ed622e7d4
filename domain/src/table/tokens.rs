//! API tokens.

use super::{Item, Table, TableError, key::Key};
use crate::token::Token;

impl Table {
    /// Keeps `token`.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be written.
    pub async fn put_token(&self, token: &Token) -> Result<(), TableError> {
        let mut item: Item = serde_dynamo::to_item(token)?;
        item.extend(Key::token(&token.id).into_item());
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The token of this id, as it is now.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn token(&self, id: &str) -> Result<Option<Token>, TableError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(Key::token(id).into_item()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(serde_dynamo::from_item).transpose()?)
    }
}
