//! What endpoints can be notified of: what became of a store, of an operation, or of another endpoint.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{endpoint::DisabledReason, event_type::EventType};
use crate::{
    health::assessment::Assessment,
    operation::{Operation, Outcome},
    provisioning::{failure::FailureCode, step::Step},
    store::{
        state::{Failed, Ready, State},
        transition::Transition,
    },
};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum Occurrence {
    /// The store is up.
    #[serde(rename = "store.ready")]
    StoreReady {
        /// Where the shop answers.
        url: String,
    },
    /// The store could not be made, or could not be deleted.
    #[serde(rename = "store.failed")]
    StoreFailed {
        /// Which step failed.
        step: Step,
        /// Why.
        code: FailureCode,
    },
    /// The store is gone.
    #[serde(rename = "store.deleted")]
    StoreDeleted,
    /// The store does better in the cluster than before, or worse.
    #[serde(rename = "store.health_changed")]
    StoreHealthChanged {
        /// How it was.
        from: Assessment,
        /// How it is.
        to: Assessment,
    },
    /// An operation is done.
    #[serde(rename = "operation.succeeded")]
    OperationSucceeded {
        /// Its id.
        operation: Uuid,
        /// Its name, as the API has it.
        action: String,
    },
    /// An operation could not be done.
    #[serde(rename = "operation.failed")]
    OperationFailed {
        /// Its id.
        operation: Uuid,
        /// Its name, as the API has it.
        action: String,
        /// Why.
        code: FailureCode,
    },
    /// Somebody had an endpoint tried out.
    #[serde(rename = "webhook.test")]
    WebhookTest,
    /// An endpoint is notified of nothing any more.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled {
        /// Why.
        reason: DisabledReason,
    },
    /// An endpoint that was enabled again works.
    #[serde(rename = "webhook.recovered")]
    WebhookRecovered,
}

impl Occurrence {
    /// Its type.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::StoreReady { .. } => EventType::StoreReady,
            Self::StoreFailed { .. } => EventType::StoreFailed,
            Self::StoreDeleted => EventType::StoreDeleted,
            Self::StoreHealthChanged { .. } => EventType::StoreHealthChanged,
            Self::OperationSucceeded { .. } => EventType::OperationSucceeded,
            Self::OperationFailed { .. } => EventType::OperationFailed,
            Self::WebhookTest => EventType::WebhookTest,
            Self::WebhookDisabled { .. } => EventType::WebhookDisabled,
            Self::WebhookRecovered => EventType::WebhookRecovered,
        }
    }

    /// What endpoints are notified of once `transition` is written: of the store, and of the operation that ends by it. A
    /// deletion in the middle of an operation ends that, and goes on.
    #[must_use]
    pub fn of(transition: &Transition) -> Vec<Self> {
        let changes_status = transition.from() != transition.to().status();
        let store = match transition.to() {
            State::Ready(Ready { url, .. }) => Some(Self::StoreReady { url: url.clone() }),
            State::Failed(Failed { failure, upgrade: _ }) => {
                Some(Self::StoreFailed { step: failure.step, code: failure.code })
            }
            State::Deleted(_) => Some(Self::StoreDeleted),
            State::Provisioning(_) | State::Deleting(_) => None,
        };
        let operations = transition.operations().filter_map(|operation| Self::of_operation(&operation));
        operations.chain(store.filter(|_| changes_status)).collect()
    }

    /// What endpoints are notified of at the end of `operation`; `None` as long as it has none.
    #[must_use]
    pub fn of_operation(operation: &Operation) -> Option<Self> {
        let (id, action) = (operation.id, operation.request.kind().row().name.to_owned());
        Some(match &operation.end.as_ref()?.outcome {
            Outcome::Succeeded(_) => Self::OperationSucceeded { operation: id, action },
            Outcome::Failed(failure) => Self::OperationFailed { operation: id, action, code: failure.code },
        })
    }

    /// The operation that it is about.
    pub(super) fn operation(&self) -> Option<Uuid> {
        match self {
            Self::OperationSucceeded { operation, .. } | Self::OperationFailed { operation, .. } => {
                Some(*operation)
            }
            Self::StoreReady { .. }
            | Self::StoreFailed { .. }
            | Self::StoreDeleted
            | Self::StoreHealthChanged { .. }
            | Self::WebhookTest
            | Self::WebhookDisabled { .. }
            | Self::WebhookRecovered => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::principal_name::PrincipalName,
        operation::{End, ExclusiveRequest, Guard, PendingOperation, RestartTarget, Workload},
        provisioning::failure::{Cleanup, Failure},
        store::state::{Deleting, Provisioning},
        values::timestamp::Timestamp,
    };

    fn failure() -> Failure {
        Failure {
            step: Step::WaitMysql,
            code: FailureCode::CrashLoop,
            message: "the cluster says: secret".into(),
            at: Timestamp::epoch(),
            cleanup: Cleanup::Pending,
        }
    }

    #[test]
    fn a_change_of_status_is_reported_and_what_lies_between_is_not() {
        let at = Timestamp::epoch();
        let recorded = |transition: Transition| Occurrence::of(&transition);
        let ready = recorded(Provisioning::new().ready("https://shop.example".into(), at));
        assert_eq!(ready, [Occurrence::StoreReady { url: "https://shop.example".into() }]);
        assert_eq!(recorded(Provisioning::new().begin(Step::CreateQuota)), []);
        let failed = Occurrence::StoreFailed { step: Step::WaitMysql, code: FailureCode::CrashLoop };
        assert_eq!(recorded(Provisioning::new().fail(failure())), std::slice::from_ref(&failed));
        assert_eq!(recorded(Failed::of(failure()).cleaned_up()), [], "it was sent when it failed");
        assert_eq!(recorded(Failed::of(failure()).retry(at)), []);
        assert_eq!(recorded(Deleting { at }.gone(at)), [Occurrence::StoreDeleted]);
        assert_eq!(recorded(Deleting { at }.fail(failure(), "stuck".into(), at)), [failed]);
    }

    #[test]
    fn an_operation_is_reported_when_it_ends() {
        let (ada, at) = (PrincipalName::parse("ada").unwrap(), Timestamp::epoch());
        let request = ExclusiveRequest::Restart { target: RestartTarget::All, guard: Guard::None };
        let asked = PendingOperation::requested(request, ada, at);
        assert_eq!(Occurrence::of_operation(&asked.clone().into()), None);
        let ended = |outcome| Occurrence::of_operation(&asked.clone().ended(End { at, outcome })).unwrap();
        let (operation, action) = (asked.id, "restart".to_owned());
        let restarted = crate::operation::OperationResult::Restarted(vec![Workload::Mysql]);
        assert_eq!(
            ended(Outcome::Succeeded(restarted)),
            Occurrence::OperationSucceeded { operation, action: action.clone() }
        );
        let code = FailureCode::StoreDeleted;
        assert_eq!(ended(Outcome::cut_off()), Occurrence::OperationFailed { operation, action, code });
    }
}
