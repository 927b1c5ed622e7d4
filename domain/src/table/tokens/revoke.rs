//! Revokes a token.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    audit::{Action, Actor, AuditEntry, Link},
    auth::token::{Token, TokenId},
    table::{
        audit::entries::head,
        error::TableError,
        expression::{change::Change, transaction::TransactionError},
        handle::Table,
        schema::key::{AUDIT, Key},
        tokens::list::DISABLED,
    },
    values::timestamp::Timestamp,
};

/// How often a revocation is tried while others change the same token, which only revocations do.
const TRIES: usize = 5;

/// Why a token was not revoked. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is no such token.
    #[error("there is no token {0}")]
    NotFound(TokenId),
    /// It changed under each try.
    #[error("the token {0} keeps changing")]
    Contended(TokenId),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Makes the token `id` good for nothing, with the audit entry that tells that `actor` has done
    /// so. One that was revoked before stays as it is, without another entry.
    ///
    /// # Errors
    /// [`RevokeError`].
    pub async fn revoke_token(
        &self,
        id: &TokenId,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Token, RevokeError> {
        for _ in 0..TRIES {
            let token = self.token(id).await?.ok_or_else(|| RevokeError::NotFound(id.clone()))?;
            if token.disabled {
                return Ok(token);
            }
            let link = Link::from(token.audit.clone());
            let entry = AuditEntry::new(link, now, actor.clone(), Action::RevokeToken, token.subject());
            let change = Change::of(Key::token(id))
                .set(DISABLED, AttributeValue::Bool(true))
                .set(AUDIT, head(&entry.head())?);
            let change = match &token.audit {
                Some(read) => change.only_if(AUDIT, "=", head(read)?),
                None => change.only_if_missing(AUDIT),
            };
            let update = change.in_transaction(self).map_err(TableError::from)?;
            match self.transact(vec![update, self.audit_put(&entry)?]).await {
                Ok(()) => return Ok(Token { disabled: true, audit: Some(entry.head()), ..token }),
                Err(TransactionError::Conditions(_)) => {}
                Err(TransactionError::Table(error)) => return Err(error.into()),
            }
        }
        Err(RevokeError::Contended(id.clone()))
    }
}
