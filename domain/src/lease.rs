//! The right of one runner, for a time, to work on something: a store, a read-only operation, the health sweeps.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{operation::key::OperationKey, store::slug::Slug, values::timestamp::Timestamp};

/// A lease as the table has it.
///
/// `epoch` is raised at each taking and never lowered. It is the fencing token: every write of a
/// runner carries the condition that the epoch is still its own, so that one which was frozen past
/// its lease and thaws can't write over the work of its successor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// How often the lease was taken.
    pub epoch: u64,
    /// Who took it last; absent once it was given back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder: Option<String>,
    /// Until when, in milliseconds since the Unix epoch; zero once it was given back.
    #[serde(default)]
    pub until: i64,
}

impl Lease {
    /// The name under which `holder` takes a lease this time: unlike that of any other taking, of this
    /// holder too. Should the answer to it be lost and the SDK send it again, the refusal then shows that it
    /// was this very one which succeeded.
    pub(crate) fn name_of_an_acquisition(holder: &str) -> String {
        format!("{holder}/{}", Uuid::new_v4().simple())
    }

    /// Until when it is held at `now`; `None` when nobody holds it.
    #[must_use]
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        Timestamp::from_milliseconds(self.until).filter(|_| self.is_held(now))
    }

    /// Whether somebody holds it at `now`.
    #[must_use]
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.until > now.as_milliseconds()
    }
}

/// The proof that a runner took the lease of `S`; what each of its writes is fenced with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim<S = ClaimedStore> {
    pub(crate) subject: S,
    pub(crate) epoch: u64,
}

/// The store that a claim is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedStore {
    pub(crate) id: Slug,
    pub(crate) uid: Uuid,
    pub(crate) owner: String,
}

/// The sweeps over the health of all stores, which one runner at a time makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSweeps;

/// The claim of a read-only operation.
pub type OperationClaim = Claim<OperationKey>;
/// The claim of the health sweeps.
pub type HealthSweepClaim = Claim<HealthSweeps>;

impl<S> Claim<S> {
    /// The fencing token.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Claim {
    /// The store that is claimed.
    #[must_use]
    pub fn store(&self) -> &Slug {
        &self.subject.id
    }

    /// Its incarnation.
    #[must_use]
    pub fn uid(&self) -> Uuid {
        self.subject.uid
    }
}
