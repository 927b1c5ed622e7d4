//! Whether a store's timeline is one that can have happened.

use domain::{
    provisioning::{
        event::{Event, EventKind},
        step::Step,
    },
    store::status::Status,
};

/// Checks the events of a store that came to rest in `end`: each attempt runs the steps in their order
/// and none twice, what begins ends or is taken up again, and the end is there once.
pub(crate) fn check(events: &[Event], end: Status) -> Result<(), String> {
    follow(events, end).map_err(|problem| {
        let lines: Vec<_> = events.iter().map(line).collect();
        format!("{problem} in the timeline\n      {}", lines.join("\n      "))
    })
}

fn follow(events: &[Event], end: Status) -> Result<(), String> {
    let mut open = None;
    let mut done = Vec::new();
    let mut ends = Vec::new();
    for event in events {
        match event.kind {
            // What is done to a store that is up is no part of how it came to be so.
            EventKind::OperationRequested
            | EventKind::OperationStarted
            | EventKind::OperationRetrying
            | EventKind::OperationWaiting
            | EventKind::OperationUnguarded
            | EventKind::OperationSucceeded
            | EventKind::OperationFailed
            | EventKind::HealthChanged
            | EventKind::CertificatePending
            | EventKind::VolumeRetained => {}
            EventKind::Resumed | EventKind::RetryRequested => {
                open = None;
                done.clear();
            }
            EventKind::StepStarted => {
                if event.step == Some(Step::DeleteNamespace) {
                    // What a deletion stops is not ended.
                    done.clear();
                } else if let Some(open) = open {
                    return Err(format!("a step begins while {open:?} runs"));
                } else if event.step != Step::PROVISIONING.get(done.len()).copied() {
                    return Err(format!("{:?} does not come after {done:?}", event.step));
                }
                open = event.step;
            }
            EventKind::StepCompleted => {
                if open.is_none() || open != event.step {
                    return Err(format!("{:?} ends, which does not run", event.step));
                }
                done.extend(open.take());
            }
            EventKind::StepRetrying if open.is_none() || open != event.step => {
                return Err(format!("{:?} is tried again, which does not run", event.step));
            }
            EventKind::StepRetrying => {}
            EventKind::ClusterWarning => return Err(format!("no store is warned of: {}", event.message)),
            EventKind::StepFailed => open = None,
            EventKind::StoreReady if done == Step::PROVISIONING => ends.push(Status::Ready),
            EventKind::StoreDeleted if done == [Step::DeleteNamespace] => ends.push(Status::Deleted),
            EventKind::StoreReady | EventKind::StoreDeleted => {
                return Err(format!("{} after {done:?}", event.kind));
            }
        }
    }
    if let Some(open) = open {
        return Err(format!("{open} never ends"));
    }
    let times = |status| ends.iter().filter(|end| **end == status).count();
    let readies = match end {
        Status::Ready => 1..=1,
        Status::Deleted => 0..=1,
        Status::Provisioning | Status::Failed | Status::Deleting => 0..=1,
    };
    if !readies.contains(&times(Status::Ready))
        || times(Status::Deleted) != usize::from(end == Status::Deleted)
    {
        return Err(format!("{ends:?} is not how a store comes to be {end}"));
    }
    Ok(())
}

fn line(event: &Event) -> String {
    let step = event.step.map(|step| step.to_string()).unwrap_or_default();
    format!("{} {} {step} {}", event.at, event.kind, event.message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn started(step: Step) -> Event {
        Event::started(step, "")
    }

    fn completed(step: Step) -> Event {
        Event::completed(step, "", Duration::ZERO)
    }

    fn whole() -> Vec<Event> {
        let steps = Step::PROVISIONING.into_iter().flat_map(|step| [started(step), completed(step)]);
        steps.chain([Event::ready("")]).collect()
    }

    #[test]
    fn a_whole_provisioning_may_be_resumed_and_ends_once() {
        assert_eq!(check(&whole(), Status::Ready), Ok(()));
        let begun = [started(Step::CreateNamespace), Event::resumed(2)];
        let resumed: Vec<_> = begun.into_iter().chain(whole()).collect();
        assert_eq!(check(&resumed, Status::Ready), Ok(()));
        let twice: Vec<_> = whole().into_iter().chain([Event::resumed(2)]).chain(whole()).collect();
        assert!(check(&twice, Status::Ready).is_err());
    }

    #[test]
    fn a_step_that_runs_twice_or_never_ends_is_found() {
        for place in 0..whole().len() {
            let mut without = whole();
            without.remove(place);
            assert!(check(&without, Status::Ready).is_err(), "without {place}");
            let mut doubled = whole();
            doubled.insert(place, doubled[place].clone());
            assert!(check(&doubled, Status::Ready).is_err(), "{place} twice");
        }
    }

    #[test]
    fn a_deletion_may_stop_a_step_and_must_end() {
        let stopped = [started(Step::CreateNamespace), started(Step::DeleteNamespace)];
        assert!(check(&stopped, Status::Deleted).is_err());
        let end = [completed(Step::DeleteNamespace), Event::deleted()];
        let ended: Vec<_> = stopped.into_iter().chain(end).collect();
        assert_eq!(check(&ended, Status::Deleted), Ok(()));
    }
}
