//! The table of one name, and what an item of it is.

use aws_sdk_dynamodb::{Client, types::AttributeValue};

/// An item as the SDK has it.
pub(in crate::table) type Item = std::collections::HashMap<String, AttributeValue>;

/// The table of one name.
#[derive(Clone, Debug)]
pub struct Table {
    pub(in crate::table) client: Client,
    pub(in crate::table) name: String,
}

impl Table {
    /// The table `name`; nothing is called.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
