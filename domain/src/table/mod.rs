//! The table: what is where in it, and the few ways in which it is read and written.
//!
//! One table, on demand. `schema` is the one place that knows how items are keyed, `stores::store_item` the
//! one that knows what a store looks like in it.

mod audit;
mod changes;
mod error;
mod expression;
mod handle;
mod health;
mod history;
mod operations;
mod rate;
mod schema;
mod stores;
mod tokens;

pub use self::{
    audit::{
        check::{Audited, Checked, Fault, FaultKind},
        trail::{Trail, TrailError, TrailPlace, TrailPlaceError},
    },
    changes::request::{ChangeError, ChangeRequest, Changed},
    error::TableError,
    expression::page::Page,
    handle::Table,
    health::{
        records::{Incarnation, LeftOut},
        sweep::{HealthSweepError, HealthSweepLease},
    },
    operations::read_only::{ClaimedOperation, OverdueOperation},
    stores::{
        create::{CreateError, Created},
        fence::Fenced,
        leases::{TakeError, Taken},
        list::{Filter, StorePlace, StorePlaceError},
        quota::Quotas,
        transitions::CommitError,
    },
    tokens::{
        issue::IssueError,
        list::{TokenPlace, TokenPlaceError},
        revoke::RevokeError,
    },
};
