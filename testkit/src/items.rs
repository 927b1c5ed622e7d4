//! Items of a fixture's table as they lie there: for tests that look at one, or damage it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::fixture::Fixture;

/// The attributes of an item.
pub type Item = HashMap<String, AttributeValue>;

/// The key of an item: its partition, and its place there.
pub type Key<'a> = (&'a str, &'a str);

impl Fixture {
    /// The item at `key`, if there is one.
    pub async fn item(&self, key: Key<'_>) -> Option<Item> {
        let request = self.clients.dynamodb.get_item().table_name(self.table.name());
        request.set_key(Some(key_attributes(key))).send().await.unwrap().item
    }

    /// Puts `item` into the table, in the place of one that has its key.
    pub async fn put_item(&self, item: Item) {
        let request = self.clients.dynamodb.put_item().table_name(self.table.name());
        request.set_item(Some(item)).send().await.unwrap();
    }

    /// Takes the item at `key` out of the table.
    ///
    /// # Panics
    /// When there is none.
    pub async fn delete_item(&self, key: Key<'_>) {
        let request = self.clients.dynamodb.delete_item().table_name(self.table.name());
        let request = request.set_key(Some(key_attributes(key))).return_values(ReturnValue::AllOld);
        assert!(request.send().await.unwrap().attributes.is_some(), "there is no item {key:?}");
    }

    /// Sets the attribute at `path` (`audit.hash`) of the item at `key`.
    pub async fn set_attribute(&self, key: Key<'_>, path: &str, value: AttributeValue) {
        let request = self.clients.dynamodb.update_item().table_name(self.table.name());
        let names: Vec<_> = path.split('.').map(|name| format!("#{name}")).collect();
        let request = path
            .split('.')
            .fold(request, |request, name| request.expression_attribute_names(format!("#{name}"), name));
        request
            .set_key(Some(key_attributes(key)))
            .update_expression(format!("SET {} = :value", names.join(".")))
            .expression_attribute_values(":value", value)
            .send()
            .await
            .unwrap();
    }
}

/// The attributes of `key`.
#[must_use]
pub fn key_attributes((partition, place): Key<'_>) -> Item {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    HashMap::from([("pk".to_owned(), text(partition)), ("sk".to_owned(), text(place))])
}
