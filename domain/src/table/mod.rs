//! The table: what is where in it, and the few ways in which it is read and written.
//!
//! One table, on demand. `schema` is the one place that knows how items are keyed, `stores::store_item` the
//! one that knows what a store looks like in it.

mod attention;
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
mod webhooks;

pub use self::{
    attention::list::{AttentionPlace, AttentionPlaceError, NeedsAttention},
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
        leases::{LeaseError, LeasedStore},
        list::{Filter, MadeOf, StorePlace, StorePlaceError},
        quota::Quotas,
        standing::Standing,
        summary::Summary,
        transitions::CommitError,
    },
    tokens::{
        issue::IssueError,
        list::{TokenPlace, TokenPlaceError},
        revoke::RevokeError,
    },
    webhooks::{
        deliveries::{ClaimedDelivery, DeliveryClaim, OverdueDelivery, StoredDelivery},
        endpoints::{
            EndpointChange, EndpointError, EndpointPlace, MOST_ENDPOINTS, MadeEndpoint, NewEndpoint,
        },
        outbox::OverdueNotice,
    },
};
