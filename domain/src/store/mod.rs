//! A store: who it is, and how it is.
//!
//! [`state`] has its states, and `transitions` the ways from one to another. [`operations`] is its exclusive operation,
//! and [`suspension`] whether visitors are kept out, both of which it has beside its state. [`decision`] says what comes of a command.

pub mod admin_email;
pub mod counts;
pub mod decision;
pub mod name;
pub mod operations;
pub mod power;
pub mod release;
pub mod slug;
pub mod state;
pub mod status;
pub mod suspension;
pub mod task;
pub mod transition;
mod transitions;
pub mod version;

use uuid::Uuid;

use crate::{
    audit::{Head, Subject},
    lease::Lease,
    operation::pending::PendingOperation,
    store::{
        admin_email::AdminEmail,
        name::StoreName,
        release::Release,
        slug::Slug,
        state::{Provisioning, State},
        suspension::Suspension,
        version::StoreVersion,
    },
    values::{market::Market, timestamp::Timestamp},
};

/// A store as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Its id, host label and, as `store-<id>`, its namespace.
    pub id: Slug,
    /// This incarnation of the id; a later store of the same name has another.
    pub uid: Uuid,
    /// What the merchant typed.
    pub name: StoreName,
    /// Where its administrator is reached.
    pub admin_email: AdminEmail,
    /// Its language, where it sells, and in what money, as it was asked for.
    pub market: Market,
    /// The principal that it belongs to.
    pub owner: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// When its record changed last.
    pub updated: Timestamp,
    /// Raised by each change of its record that a reader can see.
    pub version: u64,
    /// How it is.
    pub state: State,
    /// Whether visitors are kept out of it by the platform; `None` where they are not.
    pub suspension: Option<Suspension>,
    /// What it is made of; `None` before its first step, and on stores from before that was written down.
    pub release: Option<Release>,
    /// The exclusive operation that it has to carry out; `None` where there is none.
    pub operation: Option<PendingOperation>,
    /// Who works on it.
    pub lease: Lease,
    /// How often a runner took up its present task.
    pub attempts: u32,
    /// How often somebody had it tried again after it failed.
    pub retries: u32,
    /// When someone must look at it again; `None` exactly when it is at rest.
    pub due: Option<Timestamp>,
    /// The end of its audit trail; `None` before the first entry.
    pub audit: Option<Head>,
}

impl Store {
    /// How often a store may be tried again: what fails that often fails for a reason that is not mended.
    pub const MAX_RETRIES: u32 = 20;

    /// A store that was asked for just now, and is due at `due` if no runner has it by then.
    #[must_use]
    pub fn new(
        name: StoreName,
        admin_email: AdminEmail,
        owner: String,
        now: Timestamp,
        due: Timestamp,
    ) -> Self {
        Self {
            id: name.slug(),
            uid: Uuid::now_v7(),
            name,
            admin_email,
            market: Market::default(),
            owner,
            created: now,
            updated: now,
            version: 1,
            state: State::Provisioning(Provisioning::new()),
            suspension: None,
            release: None,
            operation: None,
            lease: Lease::default(),
            attempts: 0,
            retries: 0,
            due: Some(due),
            audit: None,
        }
    }

    /// Whether this is the record of a store that is gone, kept for longer than such are.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.state.gone().is_some_and(|deleted| deleted.expires() <= now)
    }

    /// Its version.
    #[must_use]
    pub fn present_version(&self) -> StoreVersion {
        StoreVersion { uid: self.uid, version: self.version }
    }

    /// What audit entries about it are about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::Store { id: self.id.clone(), uid: self.uid, owner: self.owner.clone() }
    }
}
