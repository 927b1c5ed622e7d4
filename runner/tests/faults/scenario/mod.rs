//! What the fault tests have a runner do, and at which of its calls faults are laid.

mod checks;
mod existing_objects;
mod run;
mod setup;
pub(crate) mod table;

use strum::VariantArray as _;

use self::table::{Ask, Begin, ScenarioRow};
use crate::injection::{
    call::{CHECK_PODS, Call, EXPIRE_HISTORY, Purpose},
    fault::{Fault, FaultKind},
};

/// What the runner has to do. Those that begin with a store that is up run in this order, on one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString, strum::VariantArray)]
pub(crate) enum Scenario {
    /// A store whose job was lost is found by the sweep, and made. The longest is the first: a sweep that is lost
    /// half-way is made up for only a minute later.
    LostJob,
    /// A store is made.
    Provisioning,
    /// A store is made that is reached by a route.
    Route,
    /// A store's route is refused by the controller of its Gateway: the store fails, and is cleaned up.
    RefusedRoute,
    /// A store finds a stranger's object in its namespace: it fails, and is cleaned up.
    Conflict,
    /// A store's database is not let in by a quota: it fails with the log of the one that is there, and is
    /// cleaned up.
    Refusal,
    /// Somebody asks for the credentials of the administrator of a store that is up.
    Reveal,
    /// The administrator of a store that is up gets a new password.
    ResetPassword,
    /// The pods of a store that is up are replaced.
    Restart,
    /// The same once the shop, which is quiet, was asked whether it is.
    GuardedRestart,
    /// A store that runs is stopped.
    Hibernate,
    /// A store that is stopped starts again.
    Resume,
    /// Visitors of a store that runs are kept out.
    Suspend,
    /// Visitors of a suspended store are let in again.
    Unsuspend,
    /// A shop goes on with another image.
    Upgrade,
    /// Its database is newer than that image: it goes on with its own.
    UpgradeRefused,
    /// The change of its database is not ended: its store fails, and is closed.
    UpgradeFailed,
    /// A store is taken away. It is the last.
    Teardown,
}

impl Scenario {
    /// Its row of the [`table`].
    pub(crate) const fn row(self) -> ScenarioRow {
        table::row(self)
    }

    /// The scenarios that begin with a store that is up, or without one, in the order in which they run.
    pub(crate) fn all(is_follow_up: bool) -> Vec<Self> {
        Self::VARIANTS.iter().copied().filter(|scenario| scenario.is_follow_up() == is_follow_up).collect()
    }

    /// The faults of this scenario, whose work makes `calls`: at each call of the work, and at the first call of
    /// each kind that goes on in the background. Unless `every_kind` is wanted, as by `make faults`, those that can do
    /// harm.
    pub(crate) fn faults(self, calls: &[(Purpose, usize)], every_kind: bool) -> Vec<Fault> {
        let row = self.row();
        let work = calls.iter().filter(|(purpose, _)| row.calls.include(purpose));
        let work = work.flat_map(|(purpose, count)| {
            // An event expires as any other does, and pods are looked at as often as they take to go.
            let is_repeated = purpose.is(EXPIRE_HISTORY) || purpose.is(CHECK_PODS);
            let count = if is_repeated { 1 } else { *count };
            (1..=count).map(move |occurrence| Call { purpose: purpose.clone(), occurrence })
        });
        row.background
            .iter()
            .map(|purpose| Call::new(purpose, 1))
            .chain(work)
            .flat_map(|call| FaultKind::ALL.iter().map(move |kind| Fault { call: call.clone(), kind: *kind }))
            .filter(|fault| every_kind || row.kinds.include(fault))
            .filter(|fault| !self.is_beyond_any_fence(fault))
            .collect()
    }

    /// The call of the work that waits until `fault` has happened: one beside the work comes when its
    /// time is there, and the work must not be over by then.
    fn last(self, fault: &Fault) -> Option<&'static str> {
        let row = self.row();
        row.waits_for_background.filter(|_| row.background.iter().any(|name| fault.call.purpose.is(name)))
    }

    /// A namespace whose creation is on its way while its store is cleaned up comes after that: no
    /// condition can be sent with a create. It goes once it is found (`orphans`, and its tests on real
    /// parts), so not before this scenario ends.
    fn is_beyond_any_fence(self, fault: &Fault) -> bool {
        let is_late = fault.kind == FaultKind::FreezeBefore && fault.call.purpose.is("create namespaces");
        self == Self::Conflict && is_late
    }

    /// Whether it begins with a store that is up.
    pub(crate) const fn is_follow_up(self) -> bool {
        matches!(self.row().begin, Begin::WithStore { .. })
    }

    /// Whether it is an operation on a store.
    pub(crate) const fn is_operation(self) -> bool {
        matches!(self.row().begin, Begin::WithStore { asks: Ask::Inquiry | Ask::Operation(_), .. })
    }
}
