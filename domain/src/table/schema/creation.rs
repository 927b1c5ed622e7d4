//! Makes the table: for local stacks and tests. Deployed ones are made by the template.

use aws_sdk_dynamodb::{
    client::Waiters,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
    },
};

use crate::table::{
    error::TableError,
    handle::Table,
    schema::key::{
        ATTENTION_OWNER, CREATED, DUE_AT, EXPIRES_AT, INDEX_ATTENTION, INDEX_BY_KIND, INDEX_BY_OWNER,
        INDEX_DUE, KIND, OWNER, PARTITION, SORT,
    },
};

/// How long a new table may take to become active.
const ACTIVE_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);

impl Table {
    /// Makes the table with its indexes where it is missing, and waits until it is active.
    ///
    /// # Errors
    /// [`TableError`] when DynamoDB can't be reached or refuses, or the table does not become
    /// active within a minute.
    pub async fn create_if_absent(&self) -> Result<(), TableError> {
        let mut request = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(PARTITION, SORT)?))
            .global_secondary_indexes(index(INDEX_BY_OWNER, OWNER, CREATED)?)
            .global_secondary_indexes(index(INDEX_BY_KIND, KIND, CREATED)?)
            .global_secondary_indexes(index(INDEX_DUE, KIND, DUE_AT)?)
            .global_secondary_indexes(index(INDEX_ATTENTION, ATTENTION_OWNER, DUE_AT)?);
        for (name, kind) in [
            (PARTITION, ScalarAttributeType::S),
            (SORT, ScalarAttributeType::S),
            (OWNER, ScalarAttributeType::S),
            (KIND, ScalarAttributeType::S),
            (CREATED, ScalarAttributeType::S),
            (DUE_AT, ScalarAttributeType::N),
            (ATTENTION_OWNER, ScalarAttributeType::S),
        ] {
            let definition =
                AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?;
            request = request.attribute_definitions(definition);
        }
        match request.send().await {
            Ok(_) => {}
            Err(error)
                if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        self.client
            .wait_until_table_exists()
            .table_name(&self.name)
            .wait(ACTIVE_WITHIN)
            .await
            .map_err(|_| TableError::NotActive { table: self.name.clone(), within: ACTIVE_WITHIN })?;
        let expiry = TimeToLiveSpecification::builder().attribute_name(EXPIRES_AT).enabled(true).build()?;
        self.client
            .update_time_to_live()
            .table_name(&self.name)
            .time_to_live_specification(expiry)
            .send()
            .await?;
        Ok(())
    }
}

fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, TableError> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(partition, KeyType::Hash)?, element(sort, KeyType::Range)?])
}

fn index(name: &str, partition: &str, sort: &str) -> Result<GlobalSecondaryIndex, TableError> {
    let whole_items = Projection::builder().projection_type(ProjectionType::All).build();
    Ok(GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(key_schema(partition, sort)?))
        .projection(whole_items)
        .build()?)
}
