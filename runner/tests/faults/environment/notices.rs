//! The notices of a store: all that its timeline says, once, in one row, and nothing else.

use std::collections::BTreeSet;

use domain::{
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    webhook::{
        event_type::EventType,
        notice::{Notice, NoticeSubject, Occurrence},
    },
};
use uuid::Uuid;

/// What a notice says: of an operation with its id.
type Content = (EventType, Option<Uuid>);

/// Checks the notices of incarnation `uid` of a store that came to rest with this timeline.
pub(crate) fn check(notices: &[Notice], uid: Uuid, events: &[Event]) -> Result<(), String> {
    let mut numbers = BTreeSet::new();
    let mut made = Vec::new();
    for notice in notices {
        match &notice.subject {
            NoticeSubject::Store { uid: of, sequence, .. } if *of == uid => {
                numbers.insert(*sequence);
                made.push(of_notice(notice));
            }
            // Of another incarnation.
            NoticeSubject::Store { .. } => {}
            NoticeSubject::Webhook { .. } => return Err(format!("nothing became of a webhook: {notice:?}")),
        }
    }
    if !numbers.iter().copied().eq(1..=made.len() as u64) {
        return Err(format!("the notices have the numbers {numbers:?}"));
    }
    let mut expected: Vec<_> = events.iter().filter_map(of_event).collect();
    made.sort();
    expected.sort();
    if made == expected {
        Ok(())
    } else {
        Err(format!("the notices are {made:?}, and what happened is {expected:?}"))
    }
}

fn of_notice(notice: &Notice) -> Content {
    let operation = match &notice.occurrence {
        Occurrence::OperationSucceeded { operation, .. } | Occurrence::OperationFailed { operation, .. } => {
            Some(*operation)
        }
        Occurrence::StoreReady { .. }
        | Occurrence::StoreFailed { .. }
        | Occurrence::StoreDeleted
        | Occurrence::StoreHealthChanged { .. }
        | Occurrence::WebhookTest
        | Occurrence::WebhookDisabled { .. }
        | Occurrence::WebhookRecovered => None,
    };
    (notice.occurrence.event_type(), operation)
}

/// The notice of `event`. A clean-up that fails is no news of a store that has failed.
fn of_event(event: &Event) -> Option<Content> {
    let kind = match event.kind {
        EventKind::StoreReady => EventType::StoreReady,
        EventKind::StoreDeleted => EventType::StoreDeleted,
        EventKind::StepFailed if event.step != Some(Step::DeleteNamespace) => EventType::StoreFailed,
        EventKind::OperationSucceeded => EventType::OperationSucceeded,
        EventKind::OperationFailed => EventType::OperationFailed,
        EventKind::HealthChanged => EventType::StoreHealthChanged,
        EventKind::StepStarted
        | EventKind::StepCompleted
        | EventKind::StepFailed
        | EventKind::StepRetrying
        | EventKind::ClusterWarning
        | EventKind::Resumed
        | EventKind::RetryRequested
        | EventKind::OperationRequested
        | EventKind::OperationStarted
        | EventKind::OperationRetrying
        | EventKind::CertificatePending
        | EventKind::VolumeRetained => return None,
    };
    Some((kind, event.operation))
}

#[cfg(test)]
mod tests {
    use domain::{store::slug::Slug, values::timestamp::Timestamp};

    use super::*;

    fn notice(uid: Uuid, sequence: u64, occurrence: Occurrence) -> Notice {
        let (store, owner) = (Slug::parse("my-shop").unwrap(), "ada".to_owned());
        let subject = NoticeSubject::Store { store, uid, owner, sequence };
        Notice { id: Uuid::now_v7(), at: Timestamp::now(), subject, occurrence }
    }

    #[test]
    fn what_is_told_twice_or_never_or_of_something_else_is_found() {
        let uid = Uuid::now_v7();
        let ready = |sequence| notice(uid, sequence, Occurrence::StoreReady { url: String::new() });
        let (up, gone) = ([Event::ready("")], [Event::ready(""), Event::deleted()]);
        assert_eq!(check(&[ready(1)], uid, &up), Ok(()));
        assert!(check(&[], uid, &up).is_err() && check(&[ready(1), ready(2)], uid, &up).is_err());
        assert!(check(&[ready(2)], uid, &up).is_err() && check(&[ready(1)], uid, &gone).is_err());
        assert!(check(&[ready(1), notice(uid, 2, Occurrence::StoreDeleted)], uid, &up).is_err());
        let before = notice(Uuid::now_v7(), 1, Occurrence::StoreDeleted);
        assert_eq!(check(&[before, ready(1)], uid, &up), Ok(()));
    }
}
