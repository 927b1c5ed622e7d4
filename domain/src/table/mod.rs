//! The table: what is where in it, and the few ways in which it is read and written.
//!
//! One table, on demand. `key` is the one place that knows how items are keyed, `store_item` the
//! one that knows what a store looks like in it.

mod audit;
mod audit_check;
mod audit_trail;
mod audited_change;
mod beside;
mod change;
mod clean_up_again;
mod create_store;
mod creation;
mod deed;
mod delete_store;
mod due;
mod events;
mod expiry;
mod failure_log;
mod fence;
mod health;
mod health_pass;
mod history;
mod idempotency;
mod inquiries;
mod issue_token;
mod key;
mod leases;
mod operations;
mod page;
mod quota;
mod rate;
mod refusal;
mod retry_store;
mod revoke_token;
mod store_item;
mod stores;
mod tokens;
mod transaction;
mod transitions;

use aws_sdk_dynamodb::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError},
    types::AttributeValue,
};

pub use self::{
    audit_check::{Audited, Checked, Fault, FaultKind},
    audit_trail::{Trail, TrailPlace, TrailPlaceError},
    audited_change::{ChangeError, Changed, Wish},
    create_store::{CreateError, Created},
    fence::Fenced,
    health::{Incarnation, LeftOut},
    health_pass::{PassError, PassTaken},
    inquiries::{InquiryClaim, OverdueInquiry, TakenInquiry},
    issue_token::IssueError,
    leases::{TakeError, Taken},
    page::Page,
    quota::Quotas,
    revoke_token::RevokeError,
    stores::{Filter, StorePlace, StorePlaceError},
    tokens::{TokenPlace, TokenPlaceError},
    transitions::CommitError,
};

/// An item as the SDK has it.
type Item = std::collections::HashMap<String, AttributeValue>;

/// The table of one name.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
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

/// A number as DynamoDB takes it.
fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A text as DynamoDB takes it.
fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}
