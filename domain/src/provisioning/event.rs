//! The entries of a store's timeline.

use std::{fmt::Display, iter, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::principal_name::PrincipalName,
    health::assessment::Assessment,
    operation::{Activity, Operation, OperationResult, Outcome, PendingOperation, Workload},
    provisioning::step::Step,
    store::{Store, power::Power},
    values::{kept_text, timestamp::Timestamp},
};

/// How many volumes an event names.
const VOLUMES_NAMED: usize = 10;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
    /// A step began.
    StepStarted,
    /// A step is done.
    StepCompleted,
    /// A step failed for good.
    StepFailed,
    /// The store is up.
    StoreReady,
    /// The cluster does not do what a step asks of it; the step goes on trying. Recorded once a step.
    StepRetrying,
    /// The cluster did what a step asked of it, and warns of it.
    ClusterWarning,
    /// A runner took up what another one left unfinished.
    Resumed,
    /// The store is gone.
    StoreDeleted,
    /// Somebody asked for a failed store to be tried again.
    RetryRequested,
    /// Somebody asked for an operation.
    OperationRequested,
    /// A runner began with it.
    OperationStarted,
    /// The cluster does not do what it asks; it goes on trying. Recorded once each time that it is taken up.
    OperationRetrying,
    /// Its guard holds it up: the shop is not quiet. Recorded once a wait.
    OperationWaiting,
    /// Its guard could not ask the shop, so it goes on without.
    OperationUnguarded,
    /// It is done.
    OperationSucceeded,
    /// It could not be done.
    OperationFailed,
    /// The store does better in the cluster than before, or worse.
    HealthChanged,
    /// The store is up without the certificate of its address, which is still to be issued.
    CertificatePending,
    /// The store's volumes stay in the cluster, with its data, though the store is deleted.
    VolumeRetained,
}

/// One entry of a store's timeline. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Time-ordered (UUIDv7): the timeline's operation is the operation of these.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub kind: EventKind,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<Step>,
    /// The operation that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<Uuid>,
    /// A sentence for a person.
    pub message: String,
    /// How long the step took, in milliseconds; on completed and failed steps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ms: Option<u64>,
}

impl Event {
    fn new(kind: EventKind, step: Option<Step>, message: impl Into<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            at: Timestamp::now(),
            kind,
            step,
            operation: None,
            message: kept_text::sentence(message),
            duration_ms: None,
        }
    }

    fn lasting(mut self, duration: Duration) -> Self {
        self.duration_ms = Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// `step` begins.
    #[must_use]
    pub fn started(step: Step, message: impl Into<String>) -> Self {
        Self::new(EventKind::StepStarted, Some(step), message)
    }

    /// `step` is done after `duration`.
    #[must_use]
    pub fn completed(step: Step, message: impl Into<String>, duration: Duration) -> Self {
        Self::new(EventKind::StepCompleted, Some(step), message).lasting(duration)
    }

    /// `step` goes on trying, since the cluster does not do what it asks: `reason`.
    #[must_use]
    pub fn retrying(step: Step, reason: &str) -> Self {
        Self::new(EventKind::StepRetrying, Some(step), trying_again(reason))
    }

    /// The cluster did what `step` asked, and said this of it.
    #[must_use]
    pub fn warning(step: Step, warning: &str) -> Self {
        Self::new(EventKind::ClusterWarning, Some(step), format!("The cluster warns: {warning}"))
    }

    /// `step` failed for good after `duration`.
    #[must_use]
    pub fn failed(step: Step, message: impl Into<String>, duration: Duration) -> Self {
        Self::new(EventKind::StepFailed, Some(step), message).lasting(duration)
    }

    /// The store is up at `url`.
    #[must_use]
    pub fn ready(url: &str) -> Self {
        Self::new(EventKind::StoreReady, None, format!("The store answers at {url}."))
    }

    /// The store is up, and at `url`, where it should answer, it does not: `problem`, a sentence without its full stop.
    #[must_use]
    pub fn ready_and_unanswered(url: &str, problem: &str) -> Self {
        let message = format!("The store is up. At its address {url} it does not answer yet. {problem}.");
        Self::new(EventKind::StoreReady, None, message)
    }

    /// The store is up, and visitors are kept out of it.
    #[must_use]
    pub fn ready_and_suspended() -> Self {
        Self::new(EventKind::StoreReady, None, "The store is up. It is suspended, so visitors are kept out.")
    }

    /// Another runner began this work and did not end it.
    #[must_use]
    pub fn resumed(attempt: u32) -> Self {
        let message =
            format!("A runner took the store up again (attempt {attempt}); what is there already is kept.");
        Self::new(EventKind::Resumed, None, message)
    }

    /// `principal` asked for the failed store to be tried again, for the `count`th time.
    #[must_use]
    pub fn retry_requested(principal: &PrincipalName, count: u32) -> Self {
        let message = format!("{principal} asked for another try, {count} of {}.", Store::MAX_RETRIES);
        Self::new(EventKind::RetryRequested, None, message)
    }

    /// Somebody asked for `operation`.
    #[must_use]
    pub fn operation_requested<R: Display>(operation: &PendingOperation<R>) -> Self {
        let message = format!("{} asked for {}.", operation.requested_by, operation.request);
        Self::of_operation(EventKind::OperationRequested, operation, message)
    }

    /// A runner begins with `operation`.
    #[must_use]
    pub fn operation_started<R: Display>(operation: &PendingOperation<R>) -> Self {
        let message = format!("A runner begins with {}.", operation.request);
        Self::of_operation(EventKind::OperationStarted, operation, message)
    }

    /// `operation` goes on being tried, since the cluster does not do what it asks: `reason`.
    #[must_use]
    pub fn operation_retrying(operation: &PendingOperation, reason: &str) -> Self {
        Self::of_operation(EventKind::OperationRetrying, operation, trying_again(reason))
    }

    /// `operation` waits until `until` at most, since the shop is not quiet: it had this `activity` within `quiet`.
    #[must_use]
    pub fn operation_waiting(
        operation: &PendingOperation,
        activity: Activity,
        quiet: Duration,
        until: Timestamp,
    ) -> Self {
        let message = format!(
            "{} waits for a quiet moment until {until}: the shop had {activity} in the last {} s.",
            capitalised(&operation.request),
            quiet.as_secs()
        );
        Self::of_operation(EventKind::OperationWaiting, operation, message)
    }

    /// `operation` goes on without a word of the shop, which could not be asked: `reason`.
    #[must_use]
    pub fn operation_unguarded(operation: &PendingOperation, reason: &str) -> Self {
        let message = format!(
            "The shop could not be asked for orders: {reason}. {} goes on without.",
            capitalised(&operation.request)
        );
        Self::of_operation(EventKind::OperationUnguarded, operation, message)
    }

    /// `operation` came to its end; `None` as long as it has none.
    #[must_use]
    pub fn operation_ended(operation: &Operation) -> Option<Self> {
        let (kind, message) = match &operation.end.as_ref()?.outcome {
            Outcome::Succeeded(result) => (EventKind::OperationSucceeded, sentence(operation, result)),
            Outcome::Failed(failure) => (
                EventKind::OperationFailed,
                format!("{} failed: {}", capitalised(&operation.request), failure.message),
            ),
        };
        Some(Self { operation: Some(operation.id), ..Self::new(kind, None, message) })
    }

    /// The store was found to be `to` where it had been `from`.
    #[must_use]
    pub fn health_changed(from: Assessment, to: Assessment, reasons: &[String]) -> Self {
        let news = format!("Its health went from {from} to {to}.");
        let message = iter::once(&news).chain(reasons).map(String::as_str).collect::<Vec<_>>().join(" ");
        Self::new(EventKind::HealthChanged, None, message)
    }

    fn of_operation<R>(kind: EventKind, operation: &PendingOperation<R>, message: String) -> Self {
        Self { operation: Some(operation.id), ..Self::new(kind, None, message) }
    }

    /// The store is opened before the certificate of its address is there: `reason`.
    #[must_use]
    pub fn certificate_pending(step: Step, reason: &str) -> Self {
        let message = format!("Visitors are warned until there is a certificate: {reason}.");
        Self::new(EventKind::CertificatePending, Some(step), message)
    }

    /// The storage class `class` keeps `volumes`, though nobody uses them any more.
    #[must_use]
    pub fn volumes_retained(step: Step, class: &str, volumes: &[String]) -> Self {
        let names = kept_text::listed(volumes, VOLUMES_NAMED, ", ");
        let message = format!(
            "The storage class {class} retains volumes: {names} stay in the cluster with the store's data, \
             until somebody deletes them."
        );
        Self::new(EventKind::VolumeRetained, Some(step), message)
    }

    /// The store is gone.
    #[must_use]
    pub fn deleted() -> Self {
        Self::new(EventKind::StoreDeleted, None, "The store is gone, and its name is free again.")
    }
}

fn trying_again(reason: &str) -> String {
    format!("The cluster answers: {reason}. Trying again.")
}

/// What the timeline says of an operation that is done.
fn sentence(operation: &Operation, result: &OperationResult) -> String {
    match result {
        OperationResult::Restarted(workloads) => {
            let names: Vec<_> = workloads.iter().map(Workload::to_string).collect();
            format!("The pods of {} were replaced, and are ready.", names.join(" and "))
        }
        OperationResult::PasswordReset { user } => format!("The user {user} has a new password."),
        OperationResult::PowerChanged { power: Power::Hibernated } => {
            "Shop and database are stopped; their volumes and Secrets stay.".into()
        }
        OperationResult::PowerChanged { .. } => "Shop and database run again, and visitors get in.".into(),
        OperationResult::SuspensionChanged { suspended: true } => {
            "Visitors are kept out; all else of the store stays as it is.".into()
        }
        OperationResult::SuspensionChanged { suspended: false } => "The store is no longer suspended.".into(),
        OperationResult::Upgraded(upgraded) => format!("The shop runs {upgraded}."),
        OperationResult::Answered { .. } => format!("{} was given.", capitalised(&operation.request)),
    }
}

/// As it begins a sentence.
fn capitalised(text: &impl ToString) -> String {
    let text = text.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{End, ExclusiveRequest, Guard, RestartTarget};

    #[test]
    fn the_timeline_tells_of_an_operation_who_asked_and_what_came_of_it() {
        let (ada, now) = (PrincipalName::parse("ada").unwrap(), Timestamp::now());
        let operation = PendingOperation::requested(
            ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None },
            ada,
            now,
        );
        let ended = |outcome| {
            let end = operation.clone().ended(End { at: now, outcome });
            Event::operation_ended(&end).unwrap()
        };
        let restarted = OperationResult::Restarted(vec![Workload::Mysql, Workload::Wordpress]);
        let events = [
            Event::operation_requested(&operation),
            Event::operation_started(&operation),
            ended(Outcome::Succeeded(restarted)),
            ended(Outcome::cut_off()),
        ];
        assert!(events.iter().all(|event| event.operation == Some(operation.id)));
        assert_eq!(
            events.map(|event| event.message),
            [
                "ada asked for the restart of mysql and wordpress.",
                "A runner begins with the restart of mysql and wordpress.",
                "The pods of mysql and wordpress were replaced, and are ready.",
                "The restart of mysql and wordpress failed: The deletion of the store was asked for before \
                 it was done.",
            ]
        );
        assert_eq!(Event::operation_ended(&Operation::from(operation)), None);
    }

    #[test]
    fn ids_are_in_the_order_in_which_events_were_made() {
        let ids: Vec<_> = (0..1000).map(|_| Event::deleted().id.to_string()).collect();
        assert!(ids.is_sorted());
    }
}
