//! Creates a store: its record and its place in the platform's quota, in one transaction.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use super::{
    Table, TableError,
    key::{KIND, KIND_TOMBSTONE, PARTITION},
    store_item, text,
    transaction::TransactionError,
};
use crate::{slug::Slug, store::Store};

/// Why a store was not created. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// A living store has this id.
    #[error("there is a store {0} already")]
    NameTaken(Slug),
    /// The platform has as many stores as it may.
    #[error("the platform has its {limit} stores")]
    PlatformQuota {
        /// How many it may have.
        limit: u32,
    },
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Writes the new `store` and counts it among at most `limit` stores of the platform. Its key
    /// is the claim on its name: of any number of creates at once, one succeeds. A tombstone of the
    /// name makes way.
    ///
    /// # Errors
    /// [`CreateError`]; where both name and quota stand against it, the name.
    pub async fn create_store(&self, store: &Store, limit: u32) -> Result<(), CreateError> {
        const STORE: usize = 0;
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(store_item::to_item(store)?))
            .condition_expression("attribute_not_exists(#pk) OR #kind = :tombstone")
            .expression_attribute_names("#pk", PARTITION)
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":tombstone", text(KIND_TOMBSTONE))
            .build()
            .map_err(TableError::from)?;
        let count = self.count_one_more(limit).map_err(TableError::from)?;
        let items = vec![
            TransactWriteItem::builder().put(put).build(),
            TransactWriteItem::builder().update(count).build(),
        ];
        self.transact(items).await.map_err(|error| match error {
            TransactionError::Conditions(failed)
                if failed.iter().any(|condition| condition.position == STORE) =>
            {
                CreateError::NameTaken(store.id.clone())
            }
            TransactionError::Conditions(_) => CreateError::PlatformQuota { limit },
            TransactionError::Table(error) => error.into(),
        })
    }
}
