//! What a write to a store is fenced with: it reaches only the incarnation it was meant for, in the
//! status in which it was decided on, and under the lease of who decided.

use uuid::Uuid;

use crate::{
    lease::Claim,
    store::status::Status,
    table::{
        error::TableError,
        expression::{change::Change, value::text},
        handle::Item,
        stores::store_item,
    },
};

/// Why a runner's write was refused: the store is not the runner's to write to any more. Nothing
/// was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fenced {
    /// Another runner took the lease since.
    #[error("another runner holds the store's lease")]
    LeaseLost,
    /// The store's status changed; a deletion, mostly.
    #[error("the store is {0} now")]
    Moved(Status),
    /// There is no such store any more.
    #[error("the store is gone")]
    Gone,
}

impl Change {
    /// Only if the store still is this incarnation.
    pub(in crate::table) fn of_incarnation(self, uid: Uuid) -> Self {
        self.only_if("uid", "=", text(uid))
    }

    /// Only if the store is in this status.
    pub(in crate::table) fn in_status(self, status: Status) -> Self {
        self.only_if("status", "=", text(status))
    }

    /// Only if the store still is the incarnation that was claimed, and the lease the one that was
    /// taken.
    pub(in crate::table) fn under(self, claim: &Claim) -> Self {
        self.of_incarnation(claim.subject.uid).under_claim(claim)
    }
}

/// What stood in the way of a write under `claim`, by the item that was there instead.
pub(in crate::table) fn fenced(item: Option<Item>, claim: &Claim) -> Result<Fenced, TableError> {
    let Some(item) = item else { return Ok(Fenced::Gone) };
    let store = store_item::from_item(item)?;
    Ok(if store.uid != claim.subject.uid {
        Fenced::Gone
    } else if store.lease.epoch != claim.epoch {
        Fenced::LeaseLost
    } else {
        Fenced::Moved(store.state.status())
    })
}
