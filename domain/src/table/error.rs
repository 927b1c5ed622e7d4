//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError};

/// The table could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The call failed.
    #[error("DynamoDB: {}", DisplayErrorContext(&**.0))]
    Dynamo(#[source] Box<aws_sdk_dynamodb::Error>),
    /// An item has not the form that this build writes.
    #[error("an item of the table can't be read")]
    Item(#[from] serde_dynamo::Error),
    /// A store's attributes contradict its status.
    #[error("the record of store {store} can't be read: {problem}")]
    Store {
        /// The store's id.
        store: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An item among a store's events has not the key of one.
    #[error("the key of an event can't be read")]
    EventKey,
    /// An item among a store's operations has not the key of one.
    #[error("the key of an operation can't be read")]
    OperationKey,
    /// An item that was read for a store's health has not the key of one.
    #[error("the key of a store's health can't be read")]
    HealthKey,
    /// A notice is not what this build writes.
    #[error("a notice can't be read or written")]
    Notice,
    /// A delivery is not what this build writes.
    #[error("the delivery of notice {0} can't be read")]
    Delivery(String),
    /// An item among what needs somebody has not the key of one.
    #[error("the key of an entry of what needs somebody can't be read")]
    AttentionKey,
    /// The table had no capacity for a read, again and again.
    #[error("DynamoDB has no capacity for what is to be read")]
    Overloaded,
    /// An operation's attributes contradict each other.
    #[error("the end of operation {operation} can't be read")]
    Operation {
        /// Its id.
        operation: uuid::Uuid,
    },
    /// An audit entry is not what it was when it was written.
    #[error("an audit entry at {key} can't be trusted: {problem}")]
    Audit {
        /// The partition that it lies in.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A new table is not there in time.
    #[error("table {table} did not become active within {} s", within.as_secs())]
    NotActive {
        /// Its name.
        table: String,
        /// How long was waited.
        within: std::time::Duration,
    },
    /// A request could not be put together.
    #[error("a request to DynamoDB could not be built")]
    Build(#[from] aws_sdk_dynamodb::error::BuildError),
}

impl TableError {
    /// Whether it says something of what was to be written, and not of the table or the way to it: another
    /// write may be carried out.
    pub(crate) fn is_about_what_was_written(&self) -> bool {
        match self {
            Self::Dynamo(error) => matches!(
                error.code(),
                Some(
                    "ValidationException"
                        | "SerializationException"
                        | "TransactionCanceledException"
                        | "ItemCollectionSizeLimitExceededException"
                )
            ),
            Self::Item(_) | Self::Build(_) => true,
            Self::Store { .. }
            | Self::EventKey
            | Self::OperationKey
            | Self::HealthKey
            | Self::Notice
            | Self::Delivery(_)
            | Self::AttentionKey
            | Self::Overloaded
            | Self::Operation { .. }
            | Self::Audit { .. }
            | Self::NotActive { .. } => false,
        }
    }
}

impl<E, R> From<SdkError<E, R>> for TableError
where
    aws_sdk_dynamodb::Error: From<SdkError<E, R>>,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Dynamo(Box::new(error.into()))
    }
}
