//! Stores in the table: how they are created, listed, leased and moved from state to state.
//!
//! - *At rest or due.* A store with something to do is due at some time (`dueAt`), and in the sparse index `due`. A store
//!   at rest has no lease and no `dueAt`. A `Failed` store whose namespace could not be deleted is due again now and then.
//! - *Fenced.* A runner's write holds only for the incarnation it was meant for, in the status it was decided on, and
//!   under the lease of the runner: `lease.epoch` is raised at each claim and never lowered.
//! - *A deleted store leaves its record* for 30 days, in no index of living stores. Its name is free at once.

pub(super) mod clean_up;
pub(super) mod create;
pub(super) mod due;
pub(super) mod fence;
pub(super) mod leases;
pub(super) mod list;
pub(super) mod quota;
pub(super) mod releases;
pub(super) mod standing;
pub(super) mod store_item;
pub(super) mod summary;
pub(super) mod transitions;
