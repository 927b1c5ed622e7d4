//! Changes a store because somebody asked for it: the transition, the audit entry of it
//! and, where the request has a key, the memory of it, in one transaction.

use crate::{
    audit::{Actor, AuditEntry, Link},
    idempotency::{KeyedRequest, Made},
    operation::PendingOperation,
    provisioning::step::Step,
    queue::job::PICKUP_GRACE,
    store::{
        Store,
        decision::{Decision, Refusal, StoreCommand, decide},
        power::Power,
        slug::Slug,
        status::AnyOf,
        version::ExpectedVersion,
    },
    table::{
        audit::entries::head,
        changes::idempotency::{Earlier, earlier},
        error::TableError,
        expression::transaction::TransactionError,
        handle::Table,
        schema::key::AUDIT,
        stores::store_item,
        webhooks::outbox::OutboxEntry,
    },
    values::timestamp::Timestamp,
};

/// How often a change is tried on a store that others change at the same time. A runner that is quick, or
/// a table that is slow, can win every time until the store is at rest: a provisioning writes once a step,
/// and once more at its end. To lose to more than that is a sign of something else.
const TRIES: usize = 2 * Step::PROVISIONING.len();

/// A request for a store to be changed.
#[derive(Clone, Copy, Debug)]
pub struct ChangeRequest<'a> {
    /// Who makes it.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// Which versions of the store may be changed.
    pub expected: &'a ExpectedVersion,
    /// The request, where it has a key.
    pub keyed: Option<&'a KeyedRequest>,
}

/// What a request came to.
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
    WrongStatus {
        /// The store.
        store: Box<Store>,
        /// What it takes.
        takes: AnyOf,
    },
    /// The store's power does not allow it.
    #[error("the store is {}, and this takes one that is {takes}", .store.state.power().unwrap_or_default())]
    WrongPower {
        /// The store.
        store: Box<Store>,
        /// What it takes.
        takes: AnyOf<Power>,
    },
    /// The store must end this operation first.
    #[error("{} is pending", .operation.request)]
    OperationPending {
        /// The store's id.
        store: Slug,
        /// What it has to carry out.
        operation: Box<PendingOperation>,
    },
    /// The store is suspended.
    #[error("the store is suspended")]
    Suspended,
    /// The store is not suspended.
    #[error("the store is not suspended")]
    NotSuspended,
    /// The store's shop runs that very image.
    #[error("the shop runs that image already")]
    UpToDate,
    /// What is left of the store, which failed, must be taken away first.
    #[error("the store failed, and is still to be cleaned up")]
    CleaningUp,
    /// The store was tried again as often as one may be.
    #[error("the store was tried again {} times", Store::MAX_RETRIES)]
    TriedTooOften,
    /// The store is in no version that the caller expected.
    #[error("the store has changed since")]
    OtherVersion,
    /// The request's key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Nothing about the store needs somebody.
    #[error("nothing about the store needs attention")]
    NothingToMute,
    /// The store changed under each try.
    #[error("the store {0} keeps changing")]
    Contended(Slug),
    /// The table could not be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl ChangeError {
    /// That `store` was not changed because of `refusal`.
    fn of(refusal: Refusal, store: Store) -> Self {
        match refusal {
            Refusal::Gone => Self::NotFound(store.id),
            Refusal::Status(takes) => Self::WrongStatus { store: Box::new(store), takes },
            Refusal::Power(takes) => Self::WrongPower { store: Box::new(store), takes },
            Refusal::Pending(operation) => {
                Self::OperationPending { store: store.id, operation: Box::new(operation) }
            }
            Refusal::Suspended => Self::Suspended,
            Refusal::NotSuspended => Self::NotSuspended,
            Refusal::UpToDate => Self::UpToDate,
            Refusal::CleaningUp => Self::CleaningUp,
            Refusal::TriedTooOften => Self::TriedTooOften,
            Refusal::OtherVersion => Self::OtherVersion,
        }
    }
}

impl Table {
    /// Carries `command` out on `store`, as it was read. Should the store have changed since, the failed condition
    /// shows what it is now, and that is decided on anew. A request that was carried out before is answered as it was
    /// then, though it would be refused now: that answer may have been lost.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn change_store(
        &self,
        mut store: Store,
        command: &StoreCommand,
        request: ChangeRequest<'_>,
    ) -> Result<Changed, ChangeError> {
        const STORE: usize = 0;
        const KEY: usize = 2;
        let (id, uid) = (store.id.clone(), store.uid);
        for _ in 0..TRIES {
            let principal = &request.actor.principal.name;
            let (stored, events) = match decide(&store, command, request.expected, principal, request.now) {
                Decision::Write(stored, events) => (stored, events),
                Decision::NoOp => return Ok(Changed::NoOp(Box::new(store))),
                Decision::Refuse(Refusal::Gone) => return Err(ChangeError::NotFound(id)),
                Decision::Refuse(refusal) => {
                    return self.replay(request).await?.ok_or_else(|| ChangeError::of(refusal, store));
                }
            };
            let entry = AuditEntry::new(
                Link::from(store.audit.clone()),
                request.now,
                request.actor.clone(),
                command.action(),
                store.subject(),
            )
            .because(command.reason().cloned())
            .guarded_by(command.override_of_guard());
            let due = request.now.plus(PICKUP_GRACE);
            let change = stored.change(&store, request.now, due)?.set(AUDIT, head(&entry.head())?);
            let change = match &store.audit {
                Some(read) => change.only_if(AUDIT, "=", head(read)?),
                None => change.only_if_missing(AUDIT),
            };
            let mut items =
                vec![change.in_transaction(self).map_err(TableError::from)?, self.audit_put(&entry)?];
            if let Some(keyed) = request.keyed {
                items.push(self.remember(keyed, stored.made(&id, uid), request.now)?);
            }
            items.extend(self.event_puts(&id, uid, &events, None)?);
            items.extend(stored.operation_puts(self, &store, due)?);
            items.extend(stored.attention_parts(self, &store)?);
            let (occurrences, owner) = (stored.occurrences(), &store.owner);
            let outbox = OutboxEntry { id: &id, uid, owner, occurrences };
            let mut failed = match self.transact_with_outbox(items, &[outbox], request.now).await {
                Ok(()) => {
                    return Ok(Changed::Applied(Box::new(stored.applied_to(
                        store,
                        request.now,
                        due,
                        entry.head(),
                    ))));
                }
                Err(TransactionError::Table(error)) => return Err(error.into()),
                Err(TransactionError::Conditions(failed)) => failed,
            };
            let mut instead_of = |position| {
                let found = failed.iter_mut().find(|condition| condition.position == position);
                found.and_then(|condition| condition.item.take())
            };
            if let Some((record, keyed)) = instead_of(KEY).zip(request.keyed) {
                return replayed(earlier(record, keyed)?);
            }
            let found = instead_of(STORE).map(store_item::from_item).transpose()?;
            store = found.filter(|found| found.uid == uid).ok_or(ChangeError::NotFound(id.clone()))?;
        }
        Err(ChangeError::Contended(id))
    }

    /// What the request came to before, if it has a key that says so.
    pub(in crate::table) async fn replay(
        &self,
        request: ChangeRequest<'_>,
    ) -> Result<Option<Changed>, ChangeError> {
        let Some(keyed) = request.keyed else { return Ok(None) };
        self.recall(keyed, request.now).await?.map(replayed).transpose()
    }
}

pub(in crate::table) fn replayed(earlier: Earlier) -> Result<Changed, ChangeError> {
    match earlier {
        Earlier::Same(made) => Ok(Changed::Replayed(made)),
        Earlier::Other => Err(ChangeError::KeyReused),
    }
}
