//! What of a store needs somebody, and why: one entry for each cause, kept as long as the cause lasts.
//!
//! A failure, a health that is not `Healthy` and a failed operation are written down in the transaction that brings
//! them, and taken away in the one that ends them. That a store is slow is written by nobody, since nothing happens
//! then: it is seen by who reads.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::principal_name::PrincipalName,
    health::Assessment,
    operation::ExclusiveKind,
    store::{Store, power::Power, slug::Slug, state::State, status::Status},
    values::{reason::Reason, timestamp::Timestamp},
};

/// After how long without a change a store in progress is slow. A provisioning writes each of its ten steps, and
/// the longest of them takes a minute or two where the cluster is well.
pub const SLOW_AFTER: Duration = Duration::from_secs(5 * 60);

/// After how long an upgrade is: the changes of a large shop's database write nothing to the table.
const UPGRADE_SLOW_AFTER: Duration = Duration::from_secs(15 * 60);

/// For how long a failed operation needs somebody, unless the same one succeeds before.
pub const OPERATION_FOR: Duration = Duration::from_secs(24 * 3600);

/// What needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AttentionCause))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// The store failed.
    Failed,
    /// The shop, or its database, has no pod that is ready, or nothing leads visitors to the shop.
    Down,
    /// The shop serves, but something is not as it should be.
    Degraded,
    /// The store's namespace is not in the cluster, and nobody asked for that.
    Missing,
    /// An operation on the store failed within the last day.
    OperationFailed,
    /// Nothing has changed for five minutes about a store in progress.
    Slow,
}

impl Cause {
    /// The cause that an assessment is; `None` where all is well.
    #[must_use]
    pub fn of(assessment: Assessment) -> Option<Self> {
        match assessment {
            Assessment::Healthy => None,
            Assessment::Degraded => Some(Self::Degraded),
            Assessment::Down => Some(Self::Down),
            Assessment::Missing => Some(Self::Missing),
        }
    }

    /// Whether it is about how the shop does in the cluster.
    #[must_use]
    pub fn is_health(self) -> bool {
        match self {
            Self::Down | Self::Degraded | Self::Missing => true,
            Self::Failed | Self::OperationFailed | Self::Slow => false,
        }
    }
}

/// What is most likely to help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HelpfulAction {
    /// Have it tried again.
    Retry,
    /// Have its pods replaced, and its way in made again where that is missing.
    Restart,
    /// Read what its components say.
    Logs,
    /// Delete it.
    Delete,
    /// Have it started again.
    Resume,
}

/// That an entry is muted for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = AttentionMute))]
#[serde(rename_all = "camelCase")]
pub struct Mute {
    /// Until then.
    pub until: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Who has muted it.
    pub by: PrincipalName,
}

/// What the table keeps of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attention {
    /// The store.
    pub id: Slug,
    /// Its incarnation.
    pub uid: Uuid,
    /// What it is.
    pub cause: Cause,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the sentence in which the store's failure, its health or its operation says so.
    pub why: String,
    /// Which operation it was; for failed ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<FailedOperation>,
    /// Whether it is muted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mute: Option<Mute>,
}

/// An operation that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedOperation {
    /// Its id.
    pub id: Uuid,
    /// What was asked for.
    pub work: String,
}

impl Attention {
    /// That `store`, which is in progress, is slow at `now`; `None` where it is not.
    #[must_use]
    pub fn of_slow(store: &Store, now: Timestamp) -> Option<Self> {
        let is_slow = store.task().is_some() && now.since(store.updated) >= slow_after(store);
        let doing = match (&store.state, &store.operation) {
            (State::Provisioning(provisioning), _) => match provisioning.step {
                Some(step) => format!("at step {step}"),
                None => "before its first step".into(),
            },
            (State::Deleting(_), _) => "being deleted".into(),
            (State::Ready(_), Some(operation)) => format!("busy with {}", operation.request),
            // What failed says so itself.
            (State::Ready(_), None) | (State::Failed(_) | State::Deleted(_), _) => return None,
        };
        is_slow.then(|| Self {
            id: store.id.clone(),
            uid: store.uid,
            cause: Cause::Slow,
            since: store.updated,
            why: format!("It is {doing}, and nothing about it has changed since {}.", store.updated),
            operation: None,
            mute: None,
        })
    }

    /// Whether it still holds for `store`, as that is now: a store on its way out, or one that is stopped, needs nobody.
    #[must_use]
    pub fn holds_for(&self, store: &Store) -> bool {
        let status = store.state.status();
        store.uid == self.uid
            && match self.cause {
                Cause::Failed => status == Status::Failed,
                Cause::Down | Cause::Degraded | Cause::Missing => store.state.power() == Some(Power::Running),
                Cause::OperationFailed => status == Status::Ready,
                Cause::Slow => !status.is_gone(),
            }
    }

    /// Whether it is muted at `now`. A mute ends by itself.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.mute.as_ref().is_some_and(|mute| now < mute.until)
    }

    /// What is most likely to help `store`.
    #[must_use]
    pub fn action(&self, store: &Store) -> HelpfulAction {
        match self.cause {
            Cause::Failed if store.retries < Store::MAX_RETRIES => HelpfulAction::Retry,
            // What was in a namespace that is gone is gone with it.
            Cause::Failed | Cause::Missing => HelpfulAction::Delete,
            Cause::Down => HelpfulAction::Restart,
            Cause::OperationFailed if store.state.power() == Some(Power::Hibernated) => HelpfulAction::Resume,
            Cause::OperationFailed | Cause::Degraded | Cause::Slow => HelpfulAction::Logs,
        }
    }
}

/// After how long without a change it is slow. What waits for a quiet moment has until the end of its wait.
fn slow_after(store: &Store) -> Duration {
    let Some(operation) = &store.operation else { return SLOW_AFTER };
    if let Some(waiting) = operation.waiting {
        return waiting.until.since(store.updated) + SLOW_AFTER;
    }
    if operation.request.kind() == ExclusiveKind::Upgrade { UPGRADE_SLOW_AFTER } else { SLOW_AFTER }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        operation::{Activity, ExclusiveRequest, Guard, PendingOperation},
        provisioning::{
            failure::{Cleanup, Failure, FailureCode},
            step::Step,
        },
        store::{
            admin_email::AdminEmail,
            name::StoreName,
            release::image::Image,
            state::{Deleting, Failed, Provisioning, Ready},
        },
    };

    fn store(state: State) -> Store {
        let (now, name) = (Timestamp::now(), StoreName::parse("My Test Shop").unwrap());
        let email = AdminEmail::parse("owner@example.com").unwrap();
        Store { state, ..Store::new(name, email, "ada".into(), now, now) }
    }

    fn up(power: Power) -> Store {
        store(State::Ready(Ready { url: "http://shop.example".into(), at: Timestamp::now(), power }))
    }

    fn failed() -> Store {
        let (code, message) = (FailureCode::DeadlineExceeded, "too late".into());
        let at = Timestamp::now();
        let failure = Failure { step: Step::WaitMysql, code, message, at, cleanup: Cleanup::Done };
        store(State::Failed(Failed::of(failure)))
    }

    fn attention(store: &Store, cause: Cause) -> Attention {
        let (id, uid, since) = (store.id.clone(), store.uid, Timestamp::now());
        Attention { id, uid, cause, since, why: String::new(), operation: None, mute: None }
    }

    #[test]
    fn a_store_in_progress_is_slow_after_five_minutes_without_a_change_and_says_where_it_is() {
        let making = store(State::Provisioning(Provisioning { step: Some(Step::WaitMysql) }));
        let late = making.updated.plus(SLOW_AFTER);
        assert_eq!(Attention::of_slow(&making, making.updated.plus(SLOW_AFTER / 2)), None);
        let slow = Attention::of_slow(&making, late).unwrap();
        assert_eq!((slow.cause, slow.since), (Cause::Slow, making.updated));
        assert!(slow.why.starts_with(&format!("It is at step {}, and", Step::WaitMysql)), "{}", slow.why);
        for rests in [up(Power::Running), failed()] {
            assert_eq!(Attention::of_slow(&rests, rests.updated.plus(SLOW_AFTER)), None, "nothing goes on");
        }
    }

    #[test]
    fn an_upgrade_and_a_wait_for_a_quiet_moment_take_their_time() {
        let now = Timestamp::now();
        let asked = |request| PendingOperation::requested(request, PrincipalName::parse("ada").unwrap(), now);
        let busy = |operation| {
            let store = Store { updated: now, ..up(Power::Running) };
            Store { updated: now, ..store.request_operation(operation).unwrap().applied_to(store) }
        };
        let is_slow = |store: &Store, after| Attention::of_slow(store, now.plus(after)).is_some();
        let image = Image::parse(&format!("store@sha256:{}", "0".repeat(64))).unwrap();
        let upgrade = busy(asked(ExclusiveRequest::Upgrade { image, guard: Guard::None }));
        assert!(!is_slow(&upgrade, SLOW_AFTER) && is_slow(&upgrade, UPGRADE_SLOW_AFTER));
        let reset = busy(asked(ExclusiveRequest::ResetPassword));
        assert!(is_slow(&reset, SLOW_AFTER));

        let waits = busy(asked(ExclusiveRequest::Hibernate { guard: Guard::Orders }));
        let limit = Duration::from_secs(600);
        let wait =
            waits.with_operation().unwrap().wait(now, now.plus(limit), Activity { orders: 1, checkouts: 0 });
        let waits = Store { updated: now, ..wait.applied_to(waits) };
        assert!(!is_slow(&waits, limit), "it has until then");
        assert!(is_slow(&waits, limit + SLOW_AFTER), "nobody has ended it");
    }

    #[test]
    fn what_holds_for_a_store_holds_no_more_once_it_is_stopped_leaves_or_is_another_one() {
        let running = up(Power::Running);
        for cause in [Cause::Down, Cause::Degraded, Cause::Missing] {
            let entry = attention(&running, cause);
            assert!(entry.holds_for(&running));
            let stopped = Store { uid: running.uid, ..up(Power::Hibernated) };
            assert!(!entry.holds_for(&stopped));
            assert!(!entry.holds_for(&up(Power::Running)), "that is another incarnation");
        }
        let broken = failed();
        let entry = attention(&broken, Cause::Failed);
        assert!(entry.holds_for(&broken));
        let leaves = Store { uid: broken.uid, ..store(State::Deleting(Deleting { at: Timestamp::now() })) };
        assert!(!entry.holds_for(&leaves));
    }

    #[test]
    fn the_action_is_one_that_the_store_takes() {
        let broken = failed();
        assert_eq!(attention(&broken, Cause::Failed).action(&broken), HelpfulAction::Retry);
        let often = Store { retries: Store::MAX_RETRIES, ..broken };
        assert_eq!(attention(&often, Cause::Failed).action(&often), HelpfulAction::Delete);
        let asleep = up(Power::Hibernated);
        assert_eq!(attention(&asleep, Cause::OperationFailed).action(&asleep), HelpfulAction::Resume);
    }

    #[test]
    fn a_mute_ends_by_itself() {
        let (store, now) = (failed(), Timestamp::now());
        let until = now.plus(SLOW_AFTER);
        let mute =
            Mute { until, reason: Reason::parse("known").unwrap(), by: PrincipalName::parse("ada").unwrap() };
        let muted = Attention { mute: Some(mute), ..attention(&store, Cause::Failed) };
        assert!(muted.is_muted(now) && !muted.is_muted(until));
    }
}
