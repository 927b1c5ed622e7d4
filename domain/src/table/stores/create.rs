//! Creates a store: its record, its places in the quotas, its first audit entry and, where the
//! request has a key, the memory of it, in one transaction. Nothing is read before.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use uuid::Uuid;

use crate::{
    audit::{Action, Actor, AuditEntry, Head, Link, Predecessor},
    idempotency::{KeyedRequest, Made},
    store::{Store, slug::Slug},
    table::{
        changes::idempotency::{Earlier, earlier},
        error::TableError,
        expression::{
            transaction::{FailedCondition, TransactionError},
            value::text,
        },
        handle::{Item, Table},
        schema::key::{KIND, KIND_TOMBSTONE, PARTITION},
        stores::{
            quota::{Quota, Quotas},
            store_item,
        },
    },
    values::timestamp::Timestamp,
};

/// How often a create is tried over a name whose last store goes, or comes back, at the same time.
const TRIES: usize = 5;

/// What a create came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The store was made.
    Applied(Box<Store>),
    /// The same request made this before.
    Replayed(Made),
}

/// Why a store was not created. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The request's key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A living store has this id.
    #[error("there is a store {0} already")]
    NameTaken(Slug),
    /// The owner has as many stores as one may.
    #[error("the owner has their {limit} stores")]
    OwnerQuota {
        /// How many one may have.
        limit: u32,
    },
    /// The platform has as many stores as it may.
    #[error("the platform has its {limit} stores")]
    PlatformQuota {
        /// How many it may have.
        limit: u32,
    },
    /// Other stores of the name came and went under each try.
    #[error("the name {0} keeps changing hands")]
    Contended(Slug),
    /// The table could not be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Table {
    /// Writes the new `store`, which `actor` asked for, and counts it in the `quotas`. Its key is the
    /// claim on its name: of any number of creates at once, one succeeds. A tombstone of the name
    /// makes way; the audit trail goes on from where that one's ends.
    ///
    /// # Errors
    /// [`CreateError`]; of several reasons, the first of these: the key, the name, the owner's quota,
    /// the platform's. So a caller learns first what waiting would not change.
    pub async fn create_store(
        &self,
        store: &Store,
        actor: &Actor,
        quotas: Quotas,
        request: Option<&KeyedRequest>,
    ) -> Result<Created, CreateError> {
        let mut tombstone = None;
        for _ in 0..TRIES {
            let entry = AuditEntry::new(
                tombstone.as_ref().map_or(Link::Start, Tombstone::link),
                store.created,
                actor.clone(),
                Action::CreateStore,
                store.subject(),
            );
            let store = Store { audit: Some(entry.head()), ..store.clone() };
            let mut items = vec![
                self.store_put(&store, tombstone.as_ref())?,
                self.count_one_more(Quota::Owner(&store.owner), quotas.owner).map_err(TableError::from)?,
                self.count_one_more(Quota::Platform, quotas.platform).map_err(TableError::from)?,
                self.audit_put(&entry)?,
            ];
            if let Some(request) = request {
                let made = Made::Store { id: store.id.clone(), uid: store.uid };
                items.push(self.remember(request, made, store.created)?);
            }
            let failed = match self.transact(items).await {
                Ok(()) => return Ok(Created::Applied(Box::new(store))),
                Err(TransactionError::Table(error)) => return Err(error.into()),
                Err(TransactionError::Conditions(failed)) => Failed::of(failed),
            };
            if let Some(record) = failed.key {
                let Some(request) = request else { continue };
                return match earlier(record, request)? {
                    Earlier::Same(made) => Ok(Created::Replayed(made)),
                    Earlier::Other => Err(CreateError::KeyReused),
                };
            }
            let found = failed.store.map(store_item::from_item).transpose()?;
            let gone =
                found.map(|found| Tombstone::of(found).ok_or(CreateError::NameTaken(store.id.clone())));
            let gone = gone.transpose()?;
            if failed.owner {
                return Err(CreateError::OwnerQuota { limit: quotas.owner });
            }
            if failed.platform {
                return Err(CreateError::PlatformQuota { limit: quotas.platform });
            }
            tombstone = gone;
        }
        Err(CreateError::Contended(store.id.clone()))
    }

    /// Puts `store` where nothing is, or this `tombstone`.
    fn store_put(
        &self,
        store: &Store,
        tombstone: Option<&Tombstone>,
    ) -> Result<TransactWriteItem, TableError> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(store_item::to_item(store)?))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match tombstone {
            None => put
                .condition_expression("attribute_not_exists(#pk)")
                .expression_attribute_names("#pk", PARTITION),
            Some(tombstone) => put
                .condition_expression("#uid = :uid AND #kind = :tombstone")
                .expression_attribute_names("#uid", "uid")
                .expression_attribute_names("#kind", KIND)
                .expression_attribute_values(":uid", text(tombstone.uid))
                .expression_attribute_values(":tombstone", text(KIND_TOMBSTONE)),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }
}

/// What a deleted store left behind under the name of a new one.
struct Tombstone {
    uid: Uuid,
    deleted: Timestamp,
    audit: Option<Head>,
}

impl Tombstone {
    /// `None` when `store` lives.
    fn of(store: Store) -> Option<Self> {
        let deleted = store.state.gone()?.at;
        Some(Self { uid: store.uid, deleted, audit: store.audit })
    }

    /// Where the trail of the store begins that takes over its name.
    fn link(&self) -> Link {
        self.audit.as_ref().map_or(Link::Start, |head| {
            let expires = store_item::expiry(self.deleted);
            Link::Succeeds(Predecessor { expires, hash: head.hash.clone(), uid: self.uid })
        })
    }
}

/// Which conditions of a create failed.
#[derive(Default)]
struct Failed {
    /// The memory of the key's first use.
    key: Option<Item>,
    /// What has the name.
    store: Option<Item>,
    owner: bool,
    platform: bool,
}

/// The positions of a create's parts in its transaction.
const STORE: usize = 0;
const OWNER: usize = 1;
const PLATFORM: usize = 2;
const KEY: usize = 4;

impl Failed {
    fn of(conditions: Vec<FailedCondition>) -> Self {
        let mut failed = Self::default();
        for FailedCondition { position, item } in conditions {
            match position {
                STORE => failed.store = item,
                OWNER => failed.owner = true,
                PLATFORM => failed.platform = true,
                KEY => failed.key = item,
                // An audit entry at the key of this one: the uid is taken, and the next try meets the
                // store that has it.
                _ => {}
            }
        }
        failed
    }
}
