//! One row for each scenario: how it begins, where its faults are laid, and how it ends.

use domain::{
    operation::{ExclusiveRequest, Guard, RestartTarget},
    provisioning::failure::FailureCode,
    store::{power::Power, release::image::Image, status::Status},
};
use testkit::fixture;

use super::Scenario;
use crate::{
    environment::gateway_controller::GATEWAY,
    injection::{
        call::{
            CHECK_PODS, COMMIT, EXTEND_LEASE, EXTEND_MESSAGE, LOG, POLL, POSTPONE_DUE, PROBE, Purpose,
            SEND_JOB, SWEEP, TAKE_LEASE,
        },
        fault::{Fault, FaultKind},
    },
};

/// The image whose upgrade the cluster of the tests fails half-way.
pub(super) const FAILING_IMAGE: &str = "chaos/upgrade-fails:1";

pub(crate) struct ScenarioRow {
    pub(super) begin: Begin,
    /// How its store is reached.
    pub(crate) way_in: WayIn,
    /// Calls that go on beside the work, by the clock.
    pub(super) background: &'static [&'static str],
    /// The call of the work that a fault at one of those is waited for with.
    pub(super) waits_for_background: Option<&'static str>,
    /// At which calls of the work there are faults.
    pub(super) calls: Calls,
    /// Which of them `make test` runs; `make faults` runs all.
    pub(super) kinds: Kinds,
    /// The store's status at the end.
    pub(super) end: Status,
    /// Why the store, or the operation, failed.
    pub(super) fails_by: Option<FailureCode>,
    /// Whether the store's namespace is there at the end.
    pub(super) keeps_namespace: bool,
    /// What must hold beside.
    pub(super) check: Check,
}

/// What there is before the work.
pub(super) enum Begin {
    /// A new store.
    Anew(NewStore),
    /// A store that is up.
    WithStore {
        /// Its power, where that matters.
        power: Option<Power>,
        /// Whether it is suspended, where that matters.
        is_suspended: Option<bool>,
        /// What somebody asks of it.
        asks: Ask,
    },
}

/// What there is of a new store.
pub(super) enum NewStore {
    /// Its job.
    Sent,
    /// No job.
    Unsent,
    /// Its job, and a stranger's object in its namespace.
    InTheWay,
    /// Its job, and a Gateway that does not take its route.
    RouteRefused,
    /// Its job, and a quota that lets no pod in.
    PodsRefused,
}

/// What somebody asks of a store.
pub(super) enum Ask {
    Deletion,
    Inquiry,
    Operation(fn() -> ExclusiveRequest),
}

/// How a store is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayIn {
    Ingress,
    Route,
}

impl WayIn {
    /// Flags of its runners, beside the usual ones. One fault is no reason to give a store up; on a busy machine leases of
    /// some seconds run out by themselves too, and random runs hold the usual limit.
    pub(crate) const fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Ingress => &["--max-attempts", "20"],
            Self::Route => &["--max-attempts", "20", "--routing", "gateway", "--gateway-name", GATEWAY],
        }
    }
}

/// At which calls of the work there are faults.
pub(super) enum Calls {
    /// Each, but those that look at pods.
    Each,
    /// Each: what pods there are is part of the work.
    EachWithPods,
    /// Those alone; all else is what other scenarios ask.
    Only(&'static [&'static str]),
    /// Those about objects of this kind alone.
    On(&'static str),
}

impl Calls {
    pub(super) fn include(&self, purpose: &Purpose) -> bool {
        let is_one_of = |names: &[&str]| names.iter().any(|name| purpose.is(name));
        match self {
            Self::Each => {
                let beside = [POLL, SWEEP, PROBE, EXTEND_LEASE, EXTEND_MESSAGE, POSTPONE_DUE, SEND_JOB];
                !is_one_of(&beside) && !purpose.is(CHECK_PODS)
            }
            Self::EachWithPods => purpose.is(CHECK_PODS) || Self::Each.include(purpose),
            Self::Only(names) => is_one_of(names),
            Self::On(kind) => purpose.to_string().split(' ').next_back() == Some(kind),
        }
    }
}

/// Which kinds of faults `make test` runs.
pub(super) enum Kinds {
    All,
    /// Those that can do harm, and of those that leave the same behind one.
    Distinct,
    /// The runner is gone after the call. What is new about such an end is that whoever takes over comes to it too,
    /// wherever the first runner was gone.
    KillAfter,
}

impl Kinds {
    pub(super) fn include(&self, fault: &Fault) -> bool {
        match self {
            Self::All => true,
            Self::Distinct => is_distinct(fault),
            Self::KillAfter => fault.kind == FaultKind::KillAfter,
        }
    }
}

/// Whether a runner that fails, dies or stands still there can do harm, by what it leaves behind: a change that it has
/// decided on and not sent yet, or an answer that it is about to decide by. Some leave the same behind, and of those
/// one is run:
///
/// - whoever is gone before a call has left what it left after the call before that;
/// - a question changes nothing: it fails the same before it is asked and after, and whoever is gone then has left
///   what the last change left. Where it is waited for what others do, the next change finds a runner that
///   stands still before it.
fn is_distinct(fault: &Fault) -> bool {
    let purpose = &fault.call.purpose;
    match fault.kind {
        FaultKind::FailAfter => true,
        FaultKind::FailBefore | FaultKind::KillAfter => purpose.changes_something(),
        FaultKind::KillBefore => false,
        FaultKind::FreezeBefore => {
            purpose.changes_the_cluster() || purpose.is(COMMIT) || purpose.is(TAKE_LEASE)
        }
        FaultKind::FreezeAfter => purpose.reads_the_cluster() || purpose.is(TAKE_LEASE),
        FaultKind::FreezeUntilTaken => purpose.is_fenced(),
    }
}

/// What must hold at the end beside what holds for all.
pub(super) enum Check {
    Nothing,
    RestartedOnce,
    Password,
    Revealed,
    Power(Power),
    IsSuspended(bool),
    /// The database runs, and the shop does not.
    NoShop,
}

/// A store that is made.
const MADE: ScenarioRow = ScenarioRow {
    begin: Begin::Anew(NewStore::Sent),
    way_in: WayIn::Ingress,
    background: &[],
    waits_for_background: None,
    calls: Calls::Each,
    kinds: Kinds::Distinct,
    end: Status::Ready,
    fails_by: None,
    keeps_namespace: true,
    check: Check::Nothing,
};

/// A store that can't be made, and is cleaned up.
const REFUSED: ScenarioRow = ScenarioRow { end: Status::Failed, keeps_namespace: false, ..MADE };

/// An operation on a store that is open.
const fn operation(request: fn() -> ExclusiveRequest, check: Check) -> ScenarioRow {
    ScenarioRow { begin: open(Ask::Operation(request)), check, ..MADE }
}

/// The same, which waits for pods.
const fn operation_with_pods(request: fn() -> ExclusiveRequest, check: Check) -> ScenarioRow {
    ScenarioRow { calls: Calls::EachWithPods, ..operation(request, check) }
}

/// A store that runs and has visitors.
const fn open(asks: Ask) -> Begin {
    Begin::WithStore { power: Some(Power::Running), is_suspended: Some(false), asks }
}

pub(super) const fn row(scenario: Scenario) -> ScenarioRow {
    match scenario {
        Scenario::LostJob => ScenarioRow {
            begin: Begin::Anew(NewStore::Unsent),
            background: &[SWEEP, POSTPONE_DUE, SEND_JOB],
            calls: Calls::Only(&[]),
            kinds: Kinds::All,
            ..MADE
        },
        Scenario::Provisioning => ScenarioRow {
            background: &[POLL, SWEEP, PROBE, EXTEND_LEASE, EXTEND_MESSAGE],
            waits_for_background: Some("create ingresses"),
            ..MADE
        },
        Scenario::Route => ScenarioRow { way_in: WayIn::Route, calls: Calls::On("httproutes"), ..MADE },
        Scenario::RefusedRoute => ScenarioRow {
            begin: Begin::Anew(NewStore::RouteRefused),
            way_in: WayIn::Route,
            calls: Calls::On("httproutes"),
            fails_by: Some(FailureCode::RouteRefused),
            ..REFUSED
        },
        Scenario::Conflict => ScenarioRow {
            begin: Begin::Anew(NewStore::InTheWay),
            fails_by: Some(FailureCode::NamespaceConflict),
            ..REFUSED
        },
        Scenario::Refusal => ScenarioRow {
            begin: Begin::Anew(NewStore::PodsRefused),
            calls: Calls::Only(&[CHECK_PODS, LOG, "get secrets"]),
            fails_by: Some(FailureCode::QuotaExceeded),
            ..REFUSED
        },
        Scenario::Reveal => ScenarioRow { begin: open(Ask::Inquiry), check: Check::Revealed, ..MADE },
        Scenario::ResetPassword => operation(|| ExclusiveRequest::ResetPassword, Check::Password),
        Scenario::Restart => operation(
            || ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
            Check::RestartedOnce,
        ),
        Scenario::GuardedRestart => ScenarioRow {
            kinds: Kinds::KillAfter,
            ..operation(
                || ExclusiveRequest::Restart { target: RestartTarget::Wordpress, guard: Guard::Orders },
                Check::Nothing,
            )
        },
        Scenario::Hibernate => operation_with_pods(
            || ExclusiveRequest::Hibernate { guard: Guard::None },
            Check::Power(Power::Hibernated),
        ),
        Scenario::Resume => ScenarioRow {
            begin: Begin::WithStore {
                power: Some(Power::Hibernated),
                is_suspended: Some(false),
                asks: Ask::Operation(|| ExclusiveRequest::Resume),
            },
            ..operation(|| ExclusiveRequest::Resume, Check::Power(Power::Running))
        },
        Scenario::Suspend => operation(fixture::suspend, Check::IsSuspended(true)),
        Scenario::Unsuspend => ScenarioRow {
            begin: Begin::WithStore {
                power: Some(Power::Running),
                is_suspended: Some(true),
                asks: Ask::Operation(|| ExclusiveRequest::Unsuspend),
            },
            ..operation(|| ExclusiveRequest::Unsuspend, Check::IsSuspended(false))
        },
        Scenario::Upgrade => {
            operation_with_pods(|| upgrade("shopwright/store:newer"), Check::Power(Power::Running))
        }
        Scenario::UpgradeRefused => ScenarioRow {
            kinds: Kinds::KillAfter,
            fails_by: Some(FailureCode::UpgradeRefused),
            ..operation_with_pods(|| upgrade("chaos/upgrade-refused:1"), Check::Power(Power::Running))
        },
        Scenario::UpgradeFailed => ScenarioRow {
            kinds: Kinds::KillAfter,
            end: Status::Failed,
            fails_by: Some(FailureCode::UpgradeFailed),
            ..operation_with_pods(|| upgrade(FAILING_IMAGE), Check::NoShop)
        },
        Scenario::Teardown => ScenarioRow {
            begin: Begin::WithStore { power: None, is_suspended: None, asks: Ask::Deletion },
            background: &[POLL, SWEEP, PROBE, EXTEND_LEASE, EXTEND_MESSAGE],
            waits_for_background: Some("watch namespaces"),
            end: Status::Deleted,
            keeps_namespace: false,
            ..MADE
        },
    }
}

fn upgrade(image: &str) -> ExclusiveRequest {
    ExclusiveRequest::Upgrade { image: Image::from_record(image), guard: Guard::None }
}
