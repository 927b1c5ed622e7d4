//! Who is to be notified: of the stores of each owner, and of all, the ids of the endpoints in one item.
//!
//! The item is the list, the bound on its length, and what writers look at.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use futures_util::future::try_join;

use crate::{
    table::{
        error::TableError,
        expression::value::{number, text},
        handle::Table,
        schema::key::Key,
    },
    webhook::endpoint::{EndpointId, Scope},
};

const ENDPOINTS: &str = "endpoints";

impl Table {
    /// The endpoints that hear of the stores of `owner`, disabled ones too.
    ///
    /// # Errors
    /// [`TableError`] when the table can't be read.
    pub async fn listeners(&self, owner: &str) -> Result<Vec<EndpointId>, TableError> {
        let (mut own, all) =
            try_join(self.listeners_of(owner), self.listeners_of(&Scope::All.to_string())).await?;
        own.extend(all);
        Ok(own)
    }

    /// The endpoints of one scope, by its text.
    pub(in crate::table) async fn listeners_of(&self, scope: &str) -> Result<Vec<EndpointId>, TableError> {
        let item = self.read(Key::listeners(scope)).await?;
        let ids = item.and_then(|mut item| item.remove(ENDPOINTS));
        let ids: Option<Vec<String>> = ids.and_then(|ids| ids.as_ss().ok().cloned());
        Ok(ids.into_iter().flatten().filter_map(|id| id.parse().ok()).collect())
    }

    /// The part of a transaction that adds `endpoint` to those of `scope`, if there are less than `most`.
    pub(in crate::table) fn listen(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
        most: usize,
    ) -> Result<TransactWriteItem, TableError> {
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::listeners(scope).into_item()))
            .update_expression("ADD #endpoints :endpoint")
            .condition_expression("attribute_not_exists(#endpoints) OR size(#endpoints) < :most")
            .expression_attribute_names("#endpoints", ENDPOINTS)
            .expression_attribute_values(":endpoint", AttributeValue::Ss(vec![endpoint.to_string()]))
            .expression_attribute_values(":most", number(most))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The part of a transaction that takes `endpoint` away from those of `scope`.
    pub(in crate::table) fn listen_no_more(
        &self,
        scope: &Scope,
        endpoint: EndpointId,
    ) -> Result<TransactWriteItem, TableError> {
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(Key::listeners(scope).into_item()))
            .update_expression("DELETE #endpoints :endpoint")
            .condition_expression("contains(#endpoints, :id)")
            .expression_attribute_names("#endpoints", ENDPOINTS)
            .expression_attribute_values(":endpoint", AttributeValue::Ss(vec![endpoint.to_string()]))
            .expression_attribute_values(":id", text(endpoint))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
