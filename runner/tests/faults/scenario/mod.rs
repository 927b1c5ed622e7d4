//! What the fault tests have a runner do, and at which of its calls faults are laid.

mod checks;
mod existing_objects;
mod run;
mod setup;

use domain::store::status::Status;

use crate::{
    environment::gateway_controller,
    injection::{
        call::{
            CHECK_PODS, COMMIT, Call, EXPIRE_HISTORY, EXTEND_LEASE, EXTEND_MESSAGE, LOG, POLL, POSTPONE_DUE,
            PROBE, Purpose, SEND_JOB, SWEEP, TAKE_LEASE,
        },
        fault::{Fault, FaultKind},
    },
};

/// What the runner has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
pub(crate) enum Scenario {
    /// A store is made.
    Provisioning,
    /// A store is taken away.
    Teardown,
    /// The pods of a store that is up are replaced.
    Restart,
    /// The administrator of a store that is up gets a new password.
    ResetPassword,
    /// Somebody asks for the credentials of the administrator of a store that is up.
    Reveal,
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
    /// A store is made that is reached by a route.
    Route,
    /// A store's route is refused by the controller of its Gateway: the store fails, and is cleaned up.
    RefusedRoute,
    /// A store whose job was lost is found by the sweep, and made.
    LostJob,
    /// A store finds a stranger's object in its namespace: it fails, and is cleaned up.
    Conflict,
    /// A store's database is not let in by a quota: it fails with the log of the one that is there, and is
    /// cleaned up.
    Refusal,
}

impl Scenario {
    /// The faults of this scenario, whose work makes `calls`: at each call of the work, and at the first call of
    /// each kind that goes on in the background. Unless `every_kind` is wanted, as by `make faults`, a runner stands
    /// still only where that can do harm.
    pub(crate) fn faults(self, calls: &[(Purpose, usize)], every_kind: bool) -> Vec<Fault> {
        let work = calls.iter().filter(|(purpose, _)| self.includes(purpose));
        let work = work.flat_map(|(purpose, count)| {
            // An event expires as any other does, and pods are looked at as often as they take to go.
            let is_repeated = purpose.is(EXPIRE_HISTORY) || purpose.is(CHECK_PODS);
            let count = if is_repeated { 1 } else { *count };
            (1..=count).map(move |occurrence| Call { purpose: purpose.clone(), occurrence })
        });
        self.background_calls()
            .iter()
            .map(|purpose| Call::new(purpose, 1))
            .chain(work)
            .flat_map(|call| FaultKind::ALL.iter().map(move |kind| Fault { call: call.clone(), kind: *kind }))
            .filter(|fault| every_kind || self == Self::LostJob || self.is_dangerous(fault))
            .filter(|fault| !self.is_beyond_any_fence(fault))
            .collect()
    }

    /// Whether `fault` can do harm here. The two ends of an upgrade that is not done begin as one that is: what is new
    /// about them is that whoever takes over comes to the same end, wherever the first runner was gone.
    fn is_dangerous(self, fault: &Fault) -> bool {
        match self {
            Self::UpgradeRefused | Self::UpgradeFailed => fault.kind == FaultKind::KillAfter,
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::Route
            | Self::RefusedRoute
            | Self::LostJob
            | Self::Conflict
            | Self::Refusal => is_dangerous(fault),
        }
    }

    /// Whether this scenario has faults at calls for `purpose`.
    fn includes(self, purpose: &Purpose) -> bool {
        match self {
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Conflict => {
                ![POLL, SWEEP, PROBE, EXTEND_LEASE, EXTEND_MESSAGE, CHECK_PODS, POSTPONE_DUE, SEND_JOB]
                    .iter()
                    .any(|name| purpose.is(name))
            }
            // What pods there are is part of the work.
            Self::Hibernate | Self::Upgrade | Self::UpgradeRefused | Self::UpgradeFailed => {
                purpose.is(CHECK_PODS) || Self::Restart.includes(purpose)
            }
            Self::LostJob => false,
            // All else is what a provisioning and a teardown ask.
            Self::Route | Self::RefusedRoute => purpose.to_string().ends_with(" httproutes"),
            // All else is what a provisioning and a teardown ask.
            Self::Refusal => [CHECK_PODS, LOG, "get secrets"].iter().any(|name| purpose.is(name)),
        }
    }

    /// What goes on beside the work, by the clock.
    fn background_calls(self) -> &'static [&'static str] {
        match self {
            Self::Provisioning | Self::Teardown => &[POLL, SWEEP, PROBE, EXTEND_LEASE, EXTEND_MESSAGE],
            Self::LostJob => &[SWEEP, POSTPONE_DUE, SEND_JOB],
            // What goes on beside these is what goes on beside a provisioning.
            Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::UpgradeRefused
            | Self::UpgradeFailed
            | Self::Route
            | Self::RefusedRoute
            | Self::Conflict
            | Self::Refusal => &[],
        }
    }

    /// The call of the work that waits until `fault` has happened: one beside the work comes when its
    /// time is there, and the work must not be over by then.
    fn last(self, fault: &Fault) -> Option<&'static str> {
        let is_background = self.background_calls().iter().any(|name| fault.call.purpose.is(name));
        match self {
            Self::Provisioning if is_background => Some("create ingresses"),
            Self::Teardown if is_background => Some("watch namespaces"),
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::UpgradeRefused
            | Self::UpgradeFailed
            | Self::Route
            | Self::RefusedRoute
            | Self::LostJob
            | Self::Conflict
            | Self::Refusal => None,
        }
    }

    /// A namespace whose creation is on its way while its store is cleaned up comes after that: no
    /// condition can be sent with a create. It goes once it is found (`orphans`, and its tests on real
    /// parts), so not before this scenario ends.
    fn is_beyond_any_fence(self, fault: &Fault) -> bool {
        let is_late = fault.kind == FaultKind::FreezeBefore && fault.call.purpose.is("create namespaces");
        self == Self::Conflict && is_late
    }

    pub(crate) fn end(self) -> Status {
        match self {
            Self::Provisioning
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::UpgradeRefused
            | Self::Route
            | Self::LostJob => Status::Ready,
            Self::Teardown => Status::Deleted,
            Self::Conflict | Self::Refusal | Self::RefusedRoute | Self::UpgradeFailed => Status::Failed,
        }
    }

    /// Whether the store's namespace is there at its end.
    fn keeps_namespace(self) -> bool {
        self.end() == Status::Ready || self == Self::UpgradeFailed
    }
}

impl Scenario {
    /// Whether it begins with a store that is up.
    pub(crate) fn is_follow_up(self) -> bool {
        match self {
            Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::UpgradeRefused
            | Self::UpgradeFailed => true,
            Self::Provisioning
            | Self::Route
            | Self::RefusedRoute
            | Self::LostJob
            | Self::Conflict
            | Self::Refusal => false,
        }
    }

    /// What its runners are told beside.
    pub(crate) fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Route | Self::RefusedRoute => &gateway_controller::FLAGS,
            Self::Provisioning
            | Self::Teardown
            | Self::Restart
            | Self::ResetPassword
            | Self::Reveal
            | Self::Hibernate
            | Self::Resume
            | Self::Suspend
            | Self::Unsuspend
            | Self::Upgrade
            | Self::UpgradeRefused
            | Self::UpgradeFailed
            | Self::LostJob
            | Self::Conflict
            | Self::Refusal => &[],
        }
    }

    /// Whether it is an operation on a store.
    fn is_operation(self) -> bool {
        self.is_follow_up() && self != Self::Teardown
    }
}

/// Whether a runner that fails, dies or stands still there can do harm: a change that it has decided on
/// and not sent yet, or an answer that it is about to decide by.
fn is_dangerous(fault: &Fault) -> bool {
    let purpose = &fault.call.purpose;
    match fault.kind {
        FaultKind::FailBefore | FaultKind::FailAfter | FaultKind::KillBefore | FaultKind::KillAfter => true,
        FaultKind::FreezeBefore => {
            purpose.changes_the_cluster() || purpose.is(COMMIT) || purpose.is(TAKE_LEASE)
        }
        FaultKind::FreezeAfter => purpose.reads_the_cluster() || purpose.is(TAKE_LEASE),
        FaultKind::FreezeUntilTaken => purpose.is_fenced(),
    }
}
