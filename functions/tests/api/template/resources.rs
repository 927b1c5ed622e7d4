//! The table and the queues: what is deployed is what the local stack makes, and so what tests run on.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement};
use domain::queue::{DEAD_LETTER_RETENTION, MAX_RECEIVES};
use serde_json::{Value, json};
use testkit::{fixture::Fixture, template::Template};

fn keys(schema: &[KeySchemaElement]) -> Value {
    let element = |key: &KeySchemaElement| json!({ "AttributeName": key.attribute_name, "KeyType": key.key_type.as_str() });
    schema.iter().map(element).collect()
}

/// By name, since their order says nothing.
fn by_name(items: &Value, name: &str) -> BTreeMap<String, Value> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| (item[name].as_str().unwrap().to_owned(), item.clone())).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: make test"]
async fn the_table_has_the_keys_indexes_and_expiry_that_tests_run_on() {
    let Fixture { table, clients, .. } = Fixture::new().await;
    let template = Template::read();
    let deployed = template.properties("Table");

    let made =
        clients.dynamodb.describe_table().table_name(table.name()).send().await.unwrap().table.unwrap();
    assert_eq!(deployed["KeySchema"], keys(made.key_schema()));
    let attribute = |it: &AttributeDefinition| json!({ "AttributeName": it.attribute_name, "AttributeType": it.attribute_type.as_str() });
    let attributes: Value = made.attribute_definitions().iter().map(attribute).collect();
    let name = "AttributeName";
    assert_eq!(by_name(&deployed["AttributeDefinitions"], name), by_name(&attributes, name));
    let indexes: Value = made
        .global_secondary_indexes()
        .iter()
        .map(|index| {
            let projection = index.projection.as_ref().unwrap().projection_type.as_ref().unwrap();
            json!({
                "IndexName": index.index_name,
                "KeySchema": keys(index.key_schema()),
                "Projection": { "ProjectionType": projection.as_str() },
            })
        })
        .collect();
    let name = "IndexName";
    assert_eq!(by_name(&deployed["GlobalSecondaryIndexes"], name), by_name(&indexes, name));

    let expiry = clients.dynamodb.describe_time_to_live().table_name(table.name()).send().await.unwrap();
    let attribute = expiry.time_to_live_description.unwrap().attribute_name;
    assert_eq!(deployed["TimeToLiveSpecification"]["AttributeName"], json!(attribute));
}

#[test]
fn the_queues_give_a_message_up_as_late_as_those_that_tests_run_on() {
    let template = Template::read();
    let receives = &template.properties("JobsQueue")["RedrivePolicy"]["maxReceiveCount"];
    assert_eq!(receives, MAX_RECEIVES);
    let kept = &template.properties("DeadLetterQueue")["MessageRetentionPeriod"];
    assert_eq!(kept, DEAD_LETTER_RETENTION.as_secs());
}
