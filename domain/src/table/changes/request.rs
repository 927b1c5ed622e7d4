//! Changes a store because somebody asked for it: the transition, the audit entry that tells of it
//! and, where the request has a key, the memory of it, in one transaction.

use crate::{
    audit::{Action, Actor, AuditEntry, Link},
    idempotency::{KeyedRequest, Made},
    operation::PendingOperation,
    provisioning::{event::Event, step::Step},
    queue::job::PICKUP_GRACE,
    store::{Store, slug::Slug, status::AnyOf},
    table::{
        audit::entries::head,
        changes::{
            idempotency::{Earlier, earlier},
            store_change::StoreChange,
        },
        error::TableError,
        expression::transaction::TransactionError,
        handle::Table,
        schema::key::AUDIT,
        stores::store_item,
    },
    values::timestamp::Timestamp,
};

/// How often a change is tried on a store that others change at the same time. A runner that is quick, or
/// a table that is slow, can win every time until the store is at rest: a provisioning writes once a step,
/// and once more at its end. To lose to more than that is a sign of something else.
const TRIES: usize = 2 * Step::PROVISIONING.len();

/// Who asks for a store to be changed, and how.
#[derive(Clone, Copy)]
pub struct ChangeRequest<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// Which versions of the store may be changed.
    pub allows: &'a (dyn Fn(&Store) -> bool + Sync),
    /// The request, where it has a key.
    pub request: Option<&'a KeyedRequest>,
}

/// What a wish came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was done, and the store is this now.
    Applied(Box<Store>),
    /// The same was asked for before, and goes on: the store is this.
    NoOp(Box<Store>),
    /// The same request, by its key, changed this before.
    Replayed(Made),
}

/// Why a store was not changed. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such store, or no longer.
    #[error("there is no store {0}")]
    NotFound(Slug),
    /// The store's status does not allow it.
    #[error("the store is {}, and this takes one that is {takes}", .store.state.status())]
    NotPossible {
        /// The store.
        store: Box<Store>,
        /// What it takes.
        takes: AnyOf,
    },
    /// The store is busy with this, and with one thing at a time.
    #[error("{} is under way", .order.work)]
    Busy {
        /// The store's id.
        store: Slug,
        /// What it is busy with.
        order: Box<PendingOperation>,
    },
    /// The store was tried again as often as one may be.
    #[error("the store was tried again {} times", Store::MAX_RETRIES)]
    TriedTooOften,
    /// The store is in no version that the caller wants changed.
    #[error("the store has changed since")]
    NotWanted,
    /// The request's key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The store changed under each try.
    #[error("the store {0} keeps changing")]
    Contended(Slug),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// What a store's state makes of a wish.
pub(in crate::table) enum Decision {
    /// This is done, and told by that.
    Do(StoreChange, Vec<Event>),
    /// It has been before.
    Already,
    /// It can't be but in one of these statuses.
    NotPossible(AnyOf),
    /// It was tried again too often.
    TriedTooOften,
    /// Not as long as this is under way.
    Busy(PendingOperation),
    /// There is no store to do it to.
    NotFound,
}

impl Table {
    /// Does `action` to `store`, as it was read, where `decide` finds that it is to be done. Should
    /// the store have changed since, the refusal shows what it is now, and `decide` is asked again.
    pub(in crate::table) async fn change_audited(
        &self,
        mut store: Store,
        action: Action,
        wish: ChangeRequest<'_>,
        decide: impl Fn(&Store) -> Decision,
    ) -> Result<Changed, ChangeError> {
        const STORE: usize = 0;
        const KEY: usize = 2;
        let (id, uid) = (store.id.clone(), store.uid);
        for _ in 0..TRIES {
            let (deed, events) = match decide(&store) {
                Decision::Do(deed, events) => (deed, events),
                Decision::Already => return Ok(Changed::NoOp(Box::new(store))),
                Decision::NotFound => return Err(ChangeError::NotFound(id)),
                // The answer to a request that was carried out before may have been lost.
                Decision::NotPossible(takes) => {
                    let refused = ChangeError::NotPossible { store: Box::new(store), takes };
                    return self.replay(wish).await?.ok_or(refused);
                }
                Decision::TriedTooOften => {
                    return self.replay(wish).await?.ok_or(ChangeError::TriedTooOften);
                }
                Decision::Busy(order) => {
                    let refused = ChangeError::Busy { store: id, order: Box::new(order) };
                    return self.replay(wish).await?.ok_or(refused);
                }
            };
            if !(wish.allows)(&store) {
                return self.replay(wish).await?.ok_or(ChangeError::NotWanted);
            }
            let entry = AuditEntry::new(
                Link::from(store.audit.clone()),
                wish.now,
                wish.actor.clone(),
                action,
                store.subject(),
            );
            let due = wish.now.plus(PICKUP_GRACE);
            let change = deed.change(&store, wish.now, due)?.set(AUDIT, head(&entry.head())?);
            let change = match &store.audit {
                Some(read) => change.only_if(AUDIT, "=", head(read)?),
                None => change.only_if_missing(AUDIT),
            };
            let mut items =
                vec![change.in_transaction(self).map_err(TableError::from)?, self.audit_put(&entry)?];
            if let Some(request) = wish.request {
                items.push(self.remember(request, deed.made(&id, uid), wish.now)?);
            }
            items.extend(self.event_puts(&id, uid, &events, None)?);
            items.extend(deed.operation_put(self, &store, due)?);
            let mut failed = match self.transact(items).await {
                Ok(()) => {
                    return Ok(Changed::Applied(Box::new(deed.done_to(store, wish.now, due, entry.head()))));
                }
                Err(TransactionError::Table(error)) => return Err(error.into()),
                Err(TransactionError::Conditions(failed)) => failed,
            };
            let mut instead_of = |position| {
                let found = failed.iter_mut().find(|condition| condition.position == position);
                found.and_then(|condition| condition.item.take())
            };
            if let Some((record, request)) = instead_of(KEY).zip(wish.request) {
                return replayed(earlier(record, request)?);
            }
            let found = instead_of(STORE).map(store_item::from_item).transpose()?;
            store = found.filter(|found| found.uid == uid).ok_or(ChangeError::NotFound(id.clone()))?;
        }
        Err(ChangeError::Contended(id))
    }

    /// What the wish came to before, if its request has a key that says so.
    async fn replay(&self, wish: ChangeRequest<'_>) -> Result<Option<Changed>, ChangeError> {
        let Some(request) = wish.request else { return Ok(None) };
        self.recall(request, wish.now).await?.map(replayed).transpose()
    }
}

fn replayed(earlier: Earlier) -> Result<Changed, ChangeError> {
    match earlier {
        Earlier::Same(made) => Ok(Changed::Replayed(made)),
        Earlier::Other => Err(ChangeError::KeyReused),
    }
}
