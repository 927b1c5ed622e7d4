//! Issues a token.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use crate::{
    audit::{Action, Actor, AuditEntry, Link},
    auth::token::{Token, TokenId},
    table::{
        error::TableError, expression::transaction::TransactionError, handle::Table, schema::key::PARTITION,
        tokens::list,
    },
};

/// Why a token was not issued. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// There is one of its id, which is as likely as guessing one.
    #[error("there is a token {0} already")]
    Taken(TokenId),
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Keeps the new `token`, with the audit entry that tells that `actor` has issued it.
    ///
    /// # Errors
    /// [`IssueError`].
    pub async fn issue_token(&self, token: Token, actor: Actor) -> Result<Token, IssueError> {
        let entry = AuditEntry::new(Link::Start, token.created, actor, Action::IssueToken, token.subject());
        let token = Token { audit: Some(entry.head()), ..token };
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(list::to_item(&token)?))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PARTITION)
            .build()
            .map_err(TableError::from)?;
        let items = vec![TransactWriteItem::builder().put(put).build(), self.audit_put(&entry)?];
        match self.transact(items).await {
            Ok(()) => Ok(token),
            Err(TransactionError::Conditions(_)) => Err(IssueError::Taken(token.id)),
            Err(TransactionError::Table(error)) => Err(error.into()),
        }
    }
}
