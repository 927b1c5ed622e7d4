//! The table of one name, and what an item of it is.

use std::{fmt, sync::Arc};

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::webhook::notice::NoticeKey;

/// An item as the SDK has it.
pub(in crate::table) type Item = std::collections::HashMap<String, AttributeValue>;

/// The table of one name.
#[derive(Clone, Debug)]
pub struct Table {
    pub(in crate::table) client: Client,
    pub(in crate::table) name: String,
    hints: Hints,
}

/// Who hears of a notice as soon as it is written. Who does not, finds it overdue.
#[derive(Clone, Default)]
struct Hints(Option<Arc<dyn Fn(NoticeKey) + Send + Sync>>);

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hints")
    }
}

impl Table {
    /// The table `name`; nothing is called.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), hints: Hints::default() }
    }

    /// The same; `hear` is called with each notice that was written.
    #[must_use]
    pub fn hinting(self, hear: impl Fn(NoticeKey) + Send + Sync + 'static) -> Self {
        Self { hints: Hints(Some(Arc::new(hear))), ..self }
    }

    pub(in crate::table) fn hint(&self, key: NoticeKey) {
        if let Some(hear) = &self.hints.0 {
            hear(key);
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
