//! The notices of a store: all that its timeline says, once, in one row, and nothing else.

use std::collections::BTreeSet;

use domain::{
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    webhook::{
        event_type::EventType,
        notice::{Notice, NoticeSubject},
        occurrence::Occurrence,
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
    let (expected, mut possible) = of_events(events);
    for content in expected {
        let Some(place) = made.iter().position(|made| *made == content) else {
            return Err(format!("there is no notice of {content:?}, which happened"));
        };
        made.swap_remove(place);
    }
    for content in made {
        let Some(place) = possible.iter().position(|possible| *possible == content) else {
            return Err(format!("there is a notice of {content:?} too much"));
        };
        possible.swap_remove(place);
    }
    Ok(())
}

/// What there must be notices of, and of what else there may be. A clean-up that fails is no news of a store that has
/// failed; a deletion that fails is, and the timeline does not say when one was asked for.
fn of_events(events: &[Event]) -> (Vec<Content>, Vec<Content>) {
    let (mut expected, mut possible) = (Vec::new(), Vec::new());
    let mut is_failed = false;
    for event in events {
        let Some(content) = of_event(event) else {
            is_failed &= event.kind != EventKind::RetryRequested;
            continue;
        };
        let may_be_clean_up = is_failed && event.step == Some(Step::DeleteNamespace);
        if may_be_clean_up {
            possible.push(content);
        } else {
            expected.push(content);
        }
        if content.0 == EventType::StoreFailed {
            is_failed = true;
        } else if content.0 == EventType::StoreReady {
            is_failed = false;
        }
    }
    (expected, possible)
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

/// The notice of `event`.
fn of_event(event: &Event) -> Option<Content> {
    let kind = match event.kind {
        EventKind::StoreReady => EventType::StoreReady,
        EventKind::StoreDeleted => EventType::StoreDeleted,
        EventKind::StepFailed => EventType::StoreFailed,
        EventKind::OperationSucceeded => EventType::OperationSucceeded,
        EventKind::OperationFailed => EventType::OperationFailed,
        EventKind::HealthChanged => EventType::StoreHealthChanged,
        EventKind::StepStarted
        | EventKind::StepCompleted
        | EventKind::StepRetrying
        | EventKind::ClusterWarning
        | EventKind::Resumed
        | EventKind::RetryRequested
        | EventKind::OperationRequested
        | EventKind::OperationStarted
        | EventKind::OperationRetrying
        | EventKind::OperationWaiting
        | EventKind::OperationUnguarded
        | EventKind::CertificatePending
        | EventKind::VolumeRetained => return None,
    };
    Some((kind, event.operation))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{provisioning::failure::FailureCode, store::slug::Slug, values::timestamp::Timestamp};

    use super::*;

    fn notice(uid: Uuid, sequence: u64, occurrence: Occurrence) -> Notice {
        let (store, owner) = (Slug::parse("my-shop").unwrap(), "ada".to_owned());
        let subject = NoticeSubject::Store { store, uid, owner, sequence };
        Notice { id: Uuid::now_v7(), at: Timestamp::now(), subject, occurrence }
    }

    #[test]
    fn what_is_reported_twice_or_never_or_of_something_else_is_found() {
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

    #[test]
    fn a_deletion_that_fails_is_reported_and_a_clean_up_that_fails_need_not_be() {
        let uid = Uuid::now_v7();
        let failed = |sequence, step| {
            notice(uid, sequence, Occurrence::StoreFailed { step, code: FailureCode::AttemptsExhausted })
        };
        let event = |step| Event::failed(step, "", Duration::ZERO);
        let (step, delete) = (Step::WaitMysql, Step::DeleteNamespace);
        assert_eq!(check(&[failed(1, delete)], uid, &[event(delete)]), Ok(()));
        assert!(check(&[], uid, &[event(delete)]).is_err());
        let both = [event(step), event(delete)];
        assert_eq!(check(&[failed(1, step)], uid, &both), Ok(()));
        assert_eq!(check(&[failed(1, step), failed(2, delete)], uid, &both), Ok(()));
        assert!(check(&[failed(1, step), failed(2, delete), failed(3, delete)], uid, &both).is_err());
        assert!(check(&[], uid, &both).is_err());
    }
}
